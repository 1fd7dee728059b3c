// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! TCP sockets that listen.
use crate::names::{NetworkType, Transport};
use crate::record;
use crate::value::Ip;

record! {
    /// A socket began to listen.
    Listen {
        /// Local address.
        destination_ip: Ip => "destination.ip",
        /// Local port.
        destination_port: u32 => "destination.port",
        /// Transport protocol.
        transport: Transport => "network.transport",
        /// Address family.
        network_type: NetworkType => "network.type",
        /// Queue asked for.
        backlog: u32 => "tarsier.listen.backlog",
    }
}
