// SPDX-License-Identifier: Apache-2.0
//! Kernel modules loaded.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case, on kernels with modules.
pub const CASES: &[Case] = &[Case::new("module_load.file", file)];

fn file(seen: &mut Seen<'_>) {
    seen.expect("module_load", |want| {
        want.truth("tarsier.module.name", "name").truth("file.path", "path")
    });
}
