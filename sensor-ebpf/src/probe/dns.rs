// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! DNS messages to and from port 53 of a peer; called by udp.rs, which sees the packets.
//!
//! Hook:  cgroup/skb_egress
//! Hook:  cgroup/skb_ingress
//! Why:   the payload itself, whatever library asks. The remote port decides, so that a server on
//!        this host does not tell each message a second time.
//! Blind: DNS over TLS, HTTPS or QUIC, and servers on other ports. Over TCP a message is told from
//!        its first segment, `cut` when it has more; connections older than the recorder are not.
//! Cost:  see `tarsier status`.
use crate::emit::emit_with_tail_of;
use crate::kernel::packet::{self, Packet};
use crate::kernel::{owner, sock};
use crate::maps::STREAMS;
use aya_ebpf::programs::SkBuffContext;
use common::limits::DNS_BYTES_MAX;
use common::names::{Direction, EventFlags, Transport};
use common::sockets::{Owner, Stream, StreamKey};
use common::value::{Bytes, Ip, Typed};
use common::wire::Dns;

/// The port of name servers.
pub const PORT: u32 = 53;
/// A header without a question.
const SHORTEST: u32 = 12;
/// Bytes that say how long a message over TCP is.
const LENGTH_BYTES: u32 = 2;
/// Messages of one segment that are told.
const IN_A_SEGMENT: u32 = 4;

/// Where a message lies in a packet, and how long it is altogether.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    here: u32,
    whole: u32,
}

/// A packet to or from port 53.
#[inline(always)]
pub fn packet(
    context: &SkBuffContext,
    packet: &Packet,
    cookie: u64,
    owner: &Owner,
    ends: [(Ip, u32); 2],
    outbound: bool,
) {
    let (start, len) = packet.payload(context);
    if packet.protocol == sock::UDP {
        let place = Place { start, here: len, whole: len };
        return tell(context, packet, owner, ends, outbound, place);
    }
    if len == 0 {
        return;
    }
    let key = StreamKey { socket: cookie, outbound: u64::from(outbound) };
    let mut stream = match STREAMS.get_ptr(key) {
        Some(place) => owner::copy(place),
        None => Stream { next: packet.sequence, length: 0 },
    };
    let mut told = 0;
    while told < IN_A_SEGMENT {
        told += 1;
        let Some(place) = next(context, &mut stream, packet.sequence, start, len) else { break };
        tell(context, packet, owner, ends, outbound, place);
    }
    // Full is impossible: the oldest leaves.
    STREAMS.insert(key, stream, 0).ok();
}

/// The next message that begins in this segment; moves the stream on.
#[inline(always)]
fn next(
    context: &SkBuffContext,
    stream: &mut Stream,
    sequence: u32,
    start: u32,
    len: u32,
) -> Option<Place> {
    // before this segment wraps to a large number: a segment that was sent again
    let offset = stream.next.wrapping_sub(sequence);
    if offset >= len {
        return None;
    }
    if stream.length == 0 {
        let length = packet::short(context, start + offset)?;
        stream.length = length;
        stream.next = stream.next.wrapping_add(LENGTH_BYTES);
        if offset + LENGTH_BYTES >= len {
            return None;
        }
    }
    let offset = stream.next.wrapping_sub(sequence);
    let whole = stream.length;
    stream.next = stream.next.wrapping_add(whole);
    stream.length = 0;
    let rest = len - offset;
    Some(Place { start: start + offset, here: if rest < whole { rest } else { whole }, whole })
}

#[inline(always)]
fn tell(
    context: &SkBuffContext,
    packet: &Packet,
    owner: &Owner,
    [local, remote]: [(Ip, u32); 2],
    outbound: bool,
    place: Place,
) {
    if place.whole < SHORTEST || owner::is_recorder(owner.process) {
        return;
    }
    let most = DNS_BYTES_MAX as u32;
    let here = if place.here > most { most } else { place.here };
    let flags = if here < place.whole { EventFlags::CUT } else { EventFlags(0) };
    emit_with_tail_of::<Dns>(owner, flags, |draft| {
        let body = draft.body();
        body.local = local.0;
        body.remote = remote.0;
        body.local_port = local.1;
        body.remote_port = remote.1;
        body.network_type = packet.network_type;
        body.transport = Transport(packet.protocol);
        body.direction = if outbound { Direction::OUTBOUND } else { Direction::INBOUND };
        let message = packet::append(draft.scratch(), context, place.start, here);
        draft.body().message = message;
        if message == Bytes::ABSENT { None } else { Some(()) }
    });
}
