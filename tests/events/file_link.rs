// SPDX-License-Identifier: Apache-2.0
//! Further names.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("file_link.plain", plain)];

fn plain(seen: &mut Seen<'_>) {
    seen.expect("file_link", |want| want.file().truth("file.target_path", "target"));
}
