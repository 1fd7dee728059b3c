// SPDX-License-Identifier: Apache-2.0
//! Questions to a name server, told once.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// By datagram and by stream.
pub const CASES: &[Case] = &[
    Case::new("dns_query.udp", udp).ignoring(&["flow"]),
    Case::new("dns_query.tcp", tcp).ignoring(&["listen", "connect", "accept", "close"]),
];

/// A question for an AAAA record.
pub fn asked<'a>(want: Want<'a>, id: u32, name: &str) -> Want<'a> {
    want.ends()
        .is("dns.id", id)
        .is("dns.type", "query")
        .is("dns.question.name", name)
        .is("dns.question.type", "AAAA")
        .any_result()
}

fn udp(seen: &mut Seen<'_>) {
    seen.expect("dns_query", |want| {
        asked(want, 0x1234, "query.example.org").is("network.transport", "udp")
    });
}

fn tcp(seen: &mut Seen<'_>) {
    seen.expect("dns_query", |want| {
        asked(want, 0x4321, "stream.example.org").is("network.transport", "tcp")
    });
}
