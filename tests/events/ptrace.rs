// SPDX-License-Identifier: Apache-2.0
//! Attaching to another process.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to attach.
pub const CASES: &[Case] = &[
    Case::new("ptrace.attach", attach),
    Case::new("ptrace.seize", seize),
    Case::new("ptrace.traceme", traceme),
];

fn request(seen: &mut Seen<'_>, name: &str) {
    seen.expect("ptrace", |want| {
        want.truth("tarsier.target.pid", "child")
            .has("tarsier.target.entity_id")
            .is("tarsier.ptrace.request", name)
    });
}

fn attach(seen: &mut Seen<'_>) {
    request(seen, "attach");
}

fn seize(seen: &mut Seen<'_>) {
    request(seen, "seize");
}

fn traceme(seen: &mut Seen<'_>) {
    seen.expect("ptrace", |want| want.by("child").is("tarsier.ptrace.request", "traceme"));
}
