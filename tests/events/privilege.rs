// SPDX-License-Identifier: Apache-2.0
//! Users, groups and capabilities, before and after.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each family of calls.
pub const CASES: &[Case] = &[
    Case::new("privilege.setuid", setuid),
    Case::new("privilege.setresuid", setresuid),
    Case::new("privilege.setgid", setgid),
    Case::new("privilege.setresgid", setresgid),
    Case::new("privilege.capset", capset),
    Case::new("privilege.same", same),
];

const NOBODY: u32 = 65534;

fn setuid(seen: &mut Seen<'_>) {
    seen.expect("privilege", |want| {
        want.is("tarsier.via", "setuid")
            .is("tarsier.old.user.id", 0)
            .is("tarsier.new.user.id", NOBODY)
            .is("tarsier.old.user.effective.id", 0)
            .is("tarsier.new.user.effective.id", NOBODY)
            .has("tarsier.old.capabilities")
            .lacks("tarsier.new.capabilities")
    });
}

fn setresuid(seen: &mut Seen<'_>) {
    seen.expect("privilege", |want| {
        want.is("tarsier.via", "setresuid")
            .is("tarsier.new.user.id", 0)
            .is("tarsier.old.user.effective.id", 0)
            .is("tarsier.new.user.effective.id", NOBODY)
    });
}

fn setgid(seen: &mut Seen<'_>) {
    seen.expect("privilege", |want| {
        want.is("tarsier.via", "setgid")
            .is("tarsier.old.group.id", 0)
            .is("tarsier.new.group.id", NOBODY)
            .is("tarsier.new.group.effective.id", NOBODY)
    });
}

fn setresgid(seen: &mut Seen<'_>) {
    seen.expect("privilege", |want| {
        want.is("tarsier.via", "setresgid")
            .is("tarsier.new.group.id", 0)
            .is("tarsier.new.group.effective.id", NOBODY)
    });
}

fn capset(seen: &mut Seen<'_>) {
    let kept = vec!["chown", "dac_override"];
    seen.expect("privilege", |want| {
        want.is("tarsier.via", "capset")
            .is("tarsier.new.capabilities", kept.clone())
            .is("tarsier.new.capabilities_permitted", kept)
            .has("tarsier.old.capabilities")
    });
}

/// A call that changes nothing is nothing.
fn same(_: &mut Seen<'_>) {}
