// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! UDP traffic of one process with one peer.
use crate::names::{Direction, NetworkType, Transport};
use crate::record;
use crate::value::{BootTime, Duration, Ip, Pad4};

record! {
    /// UDP datagrams between a process and a peer, until idle.
    Flow {
        /// Payload from the side that began.
        source_bytes: u64 => "source.bytes",
        /// Payload from the side that was asked.
        destination_bytes: u64 => "destination.bytes",
        /// Datagrams from the side that began.
        source_packets: u64 => "source.packets",
        /// Datagrams from the side that was asked.
        destination_packets: u64 => "destination.packets",
        /// First datagram.
        start: BootTime => "tarsier.flow.start",
        /// First to last datagram.
        duration: Duration => "event.duration",
        /// Address of the side that began.
        source_ip: Ip => "source.ip",
        /// Address of the side that was asked.
        destination_ip: Ip => "destination.ip",
        /// Port of the side that began.
        source_port: u32 => "source.port",
        /// Port of the side that was asked.
        destination_port: u32 => "destination.port",
        /// Transport protocol.
        transport: Transport => "network.transport",
        /// Address family.
        network_type: NetworkType => "network.type",
        /// Seen from this host.
        direction: Direction => "network.direction",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
