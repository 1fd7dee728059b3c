// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The same bytes: no case folding and no normal forms, as the kernel compares names.

/// Whether `subject` is `pattern`, byte for byte.
pub fn hits(pattern: &[u8], subject: &[u8]) -> bool {
    pattern == subject
}
