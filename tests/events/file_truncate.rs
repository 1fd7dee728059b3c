// SPDX-License-Identifier: Apache-2.0
//! Sizes set.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to set one.
pub const CASES: &[Case] =
    &[Case::new("file_truncate.path", by_path), Case::new("file_truncate.descriptor", descriptor)];

fn by_path(seen: &mut Seen<'_>) {
    seen.expect("file_truncate", |want| {
        want.file().is("file.size", 3).is("tarsier.file.size_old", 7)
    });
}

/// Content changed through a writable open, so its close is told too.
fn descriptor(seen: &mut Seen<'_>) {
    seen.expect("file_truncate", |want| {
        want.file().is("file.size", 5).is("tarsier.file.size_old", 7)
    });
    seen.expect("file_write", |want| want.file().is("file.size", 5));
}
