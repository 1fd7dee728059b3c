// SPDX-License-Identifier: Apache-2.0
//! eBPF programs loaded.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case.
pub const CASES: &[Case] = &[Case::new("bpf_load.filter", filter)];

fn filter(seen: &mut Seen<'_>) {
    seen.expect("bpf_load", |want| {
        want.truth("tarsier.bpf.id", "id")
            .is("tarsier.bpf.type", "socket_filter")
            .is("tarsier.bpf.name", "e2e_filter")
    });
}
