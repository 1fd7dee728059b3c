// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Packets at a cgroup: their headers, their socket, their payload.
//!
//! The bytes begin at the network header. Transport headers behind IPv6 extension headers and
//! fragments without a transport header are not followed: such a packet is not read at all.
use crate::kernel::read::opaque;
use crate::kernel::scratch::Scratch;
use crate::kernel::sock::{TCP, UDP, mapped, port, wide};
use crate::kernel::text;
use aya_ebpf::helpers::generated as helpers;
use aya_ebpf::programs::{SkBuffContext, SockContext};
use common::limits::DNS_BYTES_MAX;
use common::names::NetworkType;
use common::value::{Bytes, Ip, Typed};
use zerocopy::FromBytes;

/// `ETH_P_IP` and `ETH_P_IPV6` in network order, as the context holds them.
const IPV4: u32 = 0x0008;
const IPV6: u32 = 0xdd86;
const UDP_HEADER: u32 = 8;
const IPV6_HEADER: u32 = 40;
/// Without options.
const IPV4_HEADER: u32 = 20;
/// Byte with the length of a TCP header, in words, in its upper half.
const TCP_OFFSET: u32 = 12;
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// An IPv4 header.
#[derive(FromBytes)]
#[repr(C)]
struct Four {
    version: u8,
    service: u8,
    length: u16,
    id: u16,
    fragment: u16,
    hops: u8,
    protocol: u8,
    checksum: u16,
    source: u32,
    destination: u32,
}

/// An IPv6 header.
#[derive(FromBytes)]
#[repr(C)]
struct Six {
    version: u32,
    length: u16,
    next: u8,
    hops: u8,
    source: [u32; 4],
    destination: [u32; 4],
}

/// What UDP and TCP begin with; the last word is the sequence number of TCP.
#[derive(FromBytes)]
#[repr(C)]
struct Transport {
    source: u16,
    destination: u16,
    sequence: u32,
}

/// A UDP or TCP packet.
#[derive(Clone, Copy)]
pub struct Packet {
    /// `IPPROTO_UDP` or `IPPROTO_TCP`.
    pub protocol: u32,
    /// IPv4 or IPv6.
    pub network_type: NetworkType,
    /// Sender.
    pub source: (Ip, u32),
    /// Receiver.
    pub destination: (Ip, u32),
    /// TCP: number of the first payload byte.
    pub sequence: u32,
    /// Where the transport header begins.
    transport: u32,
}

/// Bytes of a packet; `None` when there are fewer.
#[inline(always)]
fn bytes<T: FromBytes>(context: &SkBuffContext, offset: u32) -> Option<T> {
    context.load(offset as usize).ok()
}

/// As [`bytes`], straight from the packet where its headers lie in one piece, as they nearly
/// always do: most packets are only looked at to be left alone.
#[inline(always)]
fn header<T: FromBytes>(context: &SkBuffContext, offset: u32) -> Option<T> {
    // SAFETY: the verifier knows the context.
    let start = unsafe { (*context.skb.skb).data };
    // SAFETY: as above.
    let end = unsafe { (*context.skb.skb).data_end };
    let place = start as usize + offset as usize;
    if place + size_of::<T>() > end as usize {
        return bytes(context, offset);
    }
    // SAFETY: compared with the end of the packet, which the verifier checks.
    Some(unsafe { (place as *const T).read_unaligned() })
}

/// Reads the headers of a UDP or TCP packet; anything else is `None`.
#[inline(always)]
pub fn read(context: &SkBuffContext) -> Option<Packet> {
    match context.skb.protocol() {
        IPV4 => read4(context),
        IPV6 => read6(context),
        _ => None,
    }
}

#[inline(always)]
fn read4(context: &SkBuffContext) -> Option<Packet> {
    let four: Four = header(context, 0)?;
    let protocol = u32::from(four.protocol);
    if u16::from_be(four.fragment) & FRAGMENT_OFFSET != 0 || !followed(protocol) {
        return None;
    }
    let transport = u32::from(four.version & 15) * 4;
    let ports: Transport = if transport == IPV4_HEADER {
        header(context, IPV4_HEADER)?
    } else {
        bytes(context, transport)?
    };
    Some(Packet {
        protocol,
        network_type: NetworkType::IPV4,
        source: (mapped(four.source), port(ports.source)),
        destination: (mapped(four.destination), port(ports.destination)),
        sequence: u32::from_be(ports.sequence),
        transport,
    })
}

#[inline(always)]
fn read6(context: &SkBuffContext) -> Option<Packet> {
    let six: Six = header(context, 0)?;
    let protocol = u32::from(six.next);
    if !followed(protocol) {
        return None;
    }
    let ports: Transport = header(context, IPV6_HEADER)?;
    Some(Packet {
        protocol,
        network_type: NetworkType::IPV6,
        source: (wide(six.source), port(ports.source)),
        destination: (wide(six.destination), port(ports.destination)),
        sequence: u32::from_be(ports.sequence),
        transport: IPV6_HEADER,
    })
}

#[inline(always)]
fn followed(protocol: u32) -> bool {
    protocol == UDP || protocol == TCP
}

impl Packet {
    /// Where the payload begins, and how long it is; of a batch of datagrams that travel as one
    /// packet, all of them.
    #[inline(always)]
    pub fn payload(&self, context: &SkBuffContext) -> (u32, u32) {
        let header = if self.protocol == UDP {
            UDP_HEADER
        } else {
            let words: u8 = bytes(context, self.transport + TCP_OFFSET).unwrap_or(0);
            u32::from(words >> 4) * 4
        };
        let start = self.transport + header;
        (start, context.len().saturating_sub(start))
    }
}

/// Datagrams in a packet: more than one when the sender hands over a batch.
#[inline(always)]
pub fn datagrams(context: &SkBuffContext) -> u64 {
    // SAFETY: the verifier knows the context; the member is readable to every packet program.
    let segments = unsafe { (*context.skb.skb).gso_segs };
    if segments > 1 { u64::from(segments) } else { 1 }
}

/// Number of the socket a packet comes from or goes to.
#[inline(always)]
pub fn cookie(context: &SkBuffContext) -> u64 {
    // SAFETY: the verifier knows the context.
    unsafe { helpers::bpf_get_socket_cookie(context.skb.skb.cast()) }
}

/// A number of the packet in network order.
#[inline(always)]
pub fn short(context: &SkBuffContext, offset: u32) -> Option<u32> {
    let number: u16 = bytes(context, offset)?;
    Some(u32::from(u16::from_be(number)))
}

/// Appends up to `DNS_BYTES_MAX` bytes of the packet to a record.
#[inline(always)]
pub fn append(scratch: *mut Scratch, context: &SkBuffContext, offset: u32, len: u32) -> Bytes {
    let Some((used, place)) = text::room(scratch, DNS_BYTES_MAX) else { return Bytes::ABSENT };
    // Older verifiers do not learn from a comparison with zero, so the last byte is compared.
    let last = opaque(u64::from(len).wrapping_sub(1));
    if last >= DNS_BYTES_MAX as u64 {
        return Bytes::ABSENT;
    }
    let len = last + 1;
    let skb = context.skb.skb.cast();
    // SAFETY: `room` promised `DNS_BYTES_MAX` bytes at `place`, and `len` is no more.
    if unsafe { helpers::bpf_skb_load_bytes(skb, offset, place.cast(), len as u32) } != 0 {
        return Bytes::ABSENT;
    }
    Bytes(text::span(text::took(scratch, used, len)))
}

/// Number, family and protocol of the socket a cgroup program runs for.
#[inline(always)]
pub fn socket(context: &SockContext) -> (u64, u32, u32) {
    // SAFETY: the verifier knows the context.
    let cookie = unsafe { helpers::bpf_get_socket_cookie(context.sock.cast()) };
    // SAFETY: as above.
    let family = unsafe { (*context.sock).family };
    // SAFETY: as above.
    let protocol = unsafe { (*context.sock).protocol };
    (cookie, family, protocol)
}
