// SPDX-License-Identifier: Apache-2.0
//! Signals between users.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One that is told, one that is not.
pub const CASES: &[Case] = &[
    Case::new("kill.other_user", other_user).ignoring(&["privilege"]),
    Case::new("kill.same_user", same_user),
];

fn other_user(seen: &mut Seen<'_>) {
    seen.expect("kill", |want| {
        want.truth("tarsier.target.pid", "child")
            .has("tarsier.target.entity_id")
            .truth("tarsier.target.user.id", "user")
            .is("tarsier.signal", "SIGTERM")
    });
}

fn same_user(_: &mut Seen<'_>) {}
