// SPDX-License-Identifier: Apache-2.0
//! Directories made.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to name one.
pub const CASES: &[Case] = &[Case::new("file_mkdir.path", by_path), Case::new("file_mkdir.at", at)];

fn by_path(seen: &mut Seen<'_>) {
    seen.expect("file_mkdir", |want| want.file().is("file.mode", "0750"));
}

fn at(seen: &mut Seen<'_>) {
    seen.expect("file_mkdir", |want| want.file().is("file.mode", "0700"));
}
