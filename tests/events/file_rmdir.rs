// SPDX-License-Identifier: Apache-2.0
//! Directories removed.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("file_rmdir.plain", plain)];

fn plain(seen: &mut Seen<'_>) {
    seen.expect("file_rmdir", |want| want.file());
}
