// SPDX-License-Identifier: Apache-2.0
//! Symbolic links.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("file_symlink.plain", plain)];

/// What it leads to is told as it was written.
fn plain(seen: &mut Seen<'_>) {
    seen.expect("file_symlink", |want| want.file().is("file.target_path", "no/where"));
}
