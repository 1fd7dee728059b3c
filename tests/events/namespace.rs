// SPDX-License-Identifier: Apache-2.0
//! Namespaces left, joined and begun with.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to change them.
pub const CASES: &[Case] = &[
    Case::new("namespace.unshare", leave),
    Case::new("namespace.setns", join),
    Case::new("namespace.clone", begin),
];

fn leave(seen: &mut Seen<'_>) {
    seen.expect("namespace", |want| {
        want.is("tarsier.namespace.kinds", vec!["uts", "ipc"]).is("tarsier.via", "unshare")
    });
}

fn join(seen: &mut Seen<'_>) {
    for via in ["unshare", "setns"] {
        seen.expect("namespace", |want| {
            want.is("tarsier.namespace.kinds", vec!["uts"]).is("tarsier.via", via)
        });
    }
}

/// Done by the process that made the child.
fn begin(seen: &mut Seen<'_>) {
    seen.expect("namespace", |want| {
        want.is("tarsier.namespace.kinds", vec!["uts"]).is("tarsier.via", "clone")
    });
}
