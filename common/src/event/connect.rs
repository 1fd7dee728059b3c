// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Outbound TCP connections and their outcome.
use crate::names::{Direction, NetworkType, Transport};
use crate::record;
use crate::value::{Ip, Pad4};

record! {
    /// A TCP connection was asked for; the result says how it went.
    Connect {
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
