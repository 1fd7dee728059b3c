// SPDX-License-Identifier: Apache-2.0
//! Connections taken: the peer began, we were asked.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each family.
pub const CASES: &[Case] = &[
    Case::new("accept.v4", v4).ignoring(&["listen", "connect", "close"]),
    Case::new("accept.v6", v6).ignoring(&["listen", "connect", "close"]),
];

fn accepted(seen: &mut Seen<'_>, family: &str) {
    seen.expect("accept", |want| {
        want.ends()
            .is("network.transport", "tcp")
            .is("network.type", family)
            .is("network.direction", "inbound")
    });
}

fn v4(seen: &mut Seen<'_>) {
    accepted(seen, "ipv4");
}

fn v6(seen: &mut Seen<'_>) {
    accepted(seen, "ipv6");
}
