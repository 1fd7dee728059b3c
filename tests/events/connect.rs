// SPDX-License-Identifier: Apache-2.0
//! Connections asked for and their outcome.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// One case each outcome. A connection nobody accepts ends without an end of its own there.
pub const CASES: &[Case] = &[
    Case::new("connect.v4", v4).ignoring(&["listen"]),
    Case::new("connect.v6", v6).ignoring(&["listen"]),
    Case::new("connect.mapped", v4).ignoring(&["listen"]),
    Case::new("connect.refused", refused).ignoring(&["listen"]),
    Case::new("connect.unreachable", unreachable).ignoring(&["namespace"]),
    Case::new("connect.nonblocking", v4).ignoring(&["listen"]),
    Case::new("connect.nonblocking_refused", refused).ignoring(&["listen"]),
];

fn outbound<'a>(want: Want<'a>, family: &str) -> Want<'a> {
    want.is("network.transport", "tcp")
        .is("network.type", family)
        .is("network.direction", "outbound")
}

fn connected(seen: &mut Seen<'_>, family: &str) {
    seen.expect("connect", |want| outbound(want, family).ends().no_flag("in_progress"));
    seen.expect("close", |want| outbound(want, family).ends().any_result());
}

fn v4(seen: &mut Seen<'_>) {
    connected(seen, "ipv4");
}

fn v6(seen: &mut Seen<'_>) {
    connected(seen, "ipv6");
}

fn target(want: Want<'_>) -> Want<'_> {
    outbound(want, "ipv4")
        .truth("destination.ip", "destination_ip")
        .truth("destination.port", "destination_port")
}

fn refused(seen: &mut Seen<'_>) {
    seen.expect("connect", |want| target(want).failed("ECONNREFUSED"));
}

fn unreachable(seen: &mut Seen<'_>) {
    seen.expect("connect", |want| target(want).failed("ENETUNREACH"));
}
