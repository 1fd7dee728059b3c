// SPDX-License-Identifier: Apache-2.0
//! Datagrams between a process and a peer, added up.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// With and without a connected socket.
pub const CASES: &[Case] =
    &[Case::new("flow.unconnected", both_sides), Case::new("flow.connected", both_sides)];

/// Both count from the side that began.
fn counted(want: Want<'_>) -> Want<'_> {
    want.ends()
        .truth("source.packets", "packets")
        .truth("destination.packets", "packets")
        .truth("source.bytes", "asked")
        .truth("destination.bytes", "answered")
        .is("network.transport", "udp")
        .any_result()
}

fn both_sides(seen: &mut Seen<'_>) {
    seen.expect("flow", |want| counted(want).is("network.direction", "outbound"));
    seen.expect("flow", |want| counted(want).by("child").is("network.direction", "inbound"));
}
