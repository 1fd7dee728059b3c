// SPDX-License-Identifier: Apache-2.0
//! Answers of a name server.

use crate::dns_query::asked;
use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// With addresses, and with a refusal.
pub const CASES: &[Case] = &[
    Case::new("dns_response.addresses", addresses).ignoring(&["flow"]),
    Case::new("dns_response.no_such_name", no_such_name).ignoring(&["flow"]),
];

fn answered<'a>(want: Want<'a>, name: &str, code: &str) -> Want<'a> {
    asked(want, 0x0777, name).is("dns.type", "answer").is("dns.response_code", code)
}

fn addresses(seen: &mut Seen<'_>) {
    let name = "answer.example.org";
    seen.expect("dns_query", |want| asked(want, 0x0777, name));
    seen.expect("dns_response", |want| {
        answered(want, name, "NOERROR").is("dns.resolved_ip", vec!["2001:db8::35", "::1"])
    });
}

fn no_such_name(seen: &mut Seen<'_>) {
    let name = "missing.example.org";
    seen.expect("dns_query", |want| asked(want, 0x0777, name));
    seen.expect("dns_response", |want| answered(want, name, "NXDOMAIN").lacks("dns.resolved_ip"));
}
