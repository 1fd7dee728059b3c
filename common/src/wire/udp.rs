// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! UDP flows. Not written by a probe: the recorder takes them from the kernel's table of flows.
use crate::names::{Direction, NetworkType};
use crate::record;
use crate::value::{BootTime, Ip};

record! {
    /// Datagrams between one socket and one peer.
    Udp {
        /// Payload bytes sent.
        sent_bytes: u64,
        /// Payload bytes received.
        received_bytes: u64,
        /// Datagrams sent.
        sent_packets: u64,
        /// Datagrams received.
        received_packets: u64,
        /// First datagram.
        first: BootTime,
        /// Last datagram.
        last: BootTime,
        /// Local address.
        local: Ip,
        /// The peer's address.
        remote: Ip,
        /// Local port.
        local_port: u32,
        /// The peer's port.
        remote_port: u32,
        /// Address family, v4-mapped addresses being IPv4.
        network_type: NetworkType,
        /// Outbound when the first datagram was sent from here.
        direction: Direction,
    }
}
