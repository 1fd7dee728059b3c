// SPDX-License-Identifier: Apache-2.0
//! Ends of connections with exact byte counts, once for each side.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// One case with payload, one without.
pub const CASES: &[Case] = &[
    Case::new("close.counted", both_sides).ignoring(&["listen", "connect", "accept"]),
    Case::new("close.silent", both_sides).ignoring(&["listen", "connect", "accept"]),
];

/// Both count from the side that began.
fn bytes(want: Want<'_>) -> Want<'_> {
    want.ends()
        .truth("source.bytes", "asked")
        .truth("destination.bytes", "answered")
        .at_least("event.duration", 10_000_000)
        .at_most("event.duration", 60_000_000_000)
}

fn both_sides(seen: &mut Seen<'_>) {
    seen.expect("close", |want| bytes(want).is("network.direction", "inbound"));
    seen.expect("close", |want| bytes(want).by("child").is("network.direction", "outbound"));
}
