// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Begins with: a pattern that ends in `/` names a directory, any other is plain bytes.

/// Whether `subject` begins with `pattern`.
///
/// A directory (`/etc/`) hits itself (`/etc`) and all below it; it ends at a separator, so it
/// does not hit `/etcetera`. Without the last `/` (`/etc`) the bytes alone decide.
pub fn hits(pattern: &[u8], subject: &[u8]) -> bool {
    subject.starts_with(pattern) || pattern.strip_suffix(b"/").is_some_and(|dir| dir == subject)
}
