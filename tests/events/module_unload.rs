// SPDX-License-Identifier: Apache-2.0
//! Kernel modules removed.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case, on kernels with modules.
pub const CASES: &[Case] = &[Case::new("module_unload.plain", plain)];

fn plain(seen: &mut Seen<'_>) {
    seen.expect("module_unload", |want| want.truth("tarsier.module.name", "name"));
}
