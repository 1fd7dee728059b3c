// SPDX-License-Identifier: Apache-2.0
//! Unmounts.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("unmount.lazy", lazy).ignoring(&["namespace", "mount"])];

fn lazy(seen: &mut Seen<'_>) {
    const MNT_DETACH: u64 = 2;
    seen.expect("unmount", |want| {
        want.truth("file.path", "path").is("tarsier.mount.flags", MNT_DETACH)
    });
}
