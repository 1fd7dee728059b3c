// SPDX-License-Identifier: Apache-2.0
//! UDP: counts kept by the kernel become one flow.
//!
//! The recorder takes a flow out of the kernel's table when it has been idle or its socket is
//! gone (`source/ebpf/flows.rs`), so nothing is joined here: the counts are given to their sides.
use super::connect::{Ends, by};
use crate::event::{Drafts, Moment, Who};
use common::event;
use common::names::Transport;
use common::value::{Duration, Pad4};
use common::wire::{self, Header};

/// A flow ended.
pub fn flow(who: &Who, header: &Header, body: &wire::Udp, out: &mut Drafts) {
    let ends = Ends::of(body.local, body.local_port, body.remote, body.remote_port);
    let [source, destination] = ends.by(body.direction);
    let [source_bytes, destination_bytes] =
        by(body.direction, body.sent_bytes, body.received_bytes);
    let [source_packets, destination_packets] =
        by(body.direction, body.sent_packets, body.received_packets);
    out.push(who, Moment::of(header), |_| event::Flow {
        source_bytes,
        destination_bytes,
        source_packets,
        destination_packets,
        start: body.first,
        duration: Duration(body.last.0.saturating_sub(body.first.0)),
        source_ip: source.0,
        destination_ip: destination.0,
        source_port: source.1,
        destination_port: destination.1,
        transport: Transport::UDP,
        network_type: body.network_type,
        direction: body.direction,
        reserved: Pad4(0),
    });
}

#[cfg(test)]
mod tests {
    use super::flow;
    use crate::event::{Drafts, Who};
    use common::event;
    use common::names::Direction;
    use common::value::{BootTime, Ip, ProcessKey, Typed};
    use common::wire::{self, Header};
    use zerocopy::{FromBytes, FromZeros};

    #[test]
    fn a_server_s_flow_begins_at_the_client() {
        let mut out = Drafts::default();
        let body = wire::Udp {
            sent_bytes: 500,
            received_bytes: 40,
            sent_packets: 2,
            received_packets: 1,
            first: BootTime(1_000),
            last: BootTime(4_000),
            local: Ip([1; 16]),
            remote: Ip([2; 16]),
            local_port: 514,
            remote_port: 40_000,
            direction: Direction::INBOUND,
            ..wire::Udp::ABSENT
        };
        let header = Header { time_ns: 9_000, ..Header::new_zeroed() };
        flow(&Who::Process(ProcessKey::ABSENT), &header, &body, &mut out);
        let told = event::Flow::read_from_bytes(out.iter().next().unwrap().body).unwrap();
        assert_eq!((told.source_bytes, told.destination_bytes), (40, 500));
        assert_eq!((told.source_packets, told.destination_packets), (1, 2));
        assert_eq!((told.source_ip, told.source_port), (Ip([2; 16]), 40_000));
        assert_eq!((told.start.0, told.duration.0), (1_000, 3_000));
    }
}
