// SPDX-License-Identifier: Apache-2.0
//! Sockets that begin to listen.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("listen.v4", v4)];

fn v4(seen: &mut Seen<'_>) {
    seen.expect("listen", |want| {
        want.truth("destination.ip", "ip")
            .truth("destination.port", "port")
            .is("network.transport", "tcp")
            .is("network.type", "ipv4")
            .is("tarsier.listen.backlog", 17)
    });
}
