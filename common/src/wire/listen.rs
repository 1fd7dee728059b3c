// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Sockets that begin to listen.
use crate::names::NetworkType;
use crate::record;
use crate::value::{Ip, Pad4};

record! {
    /// A TCP socket began to listen.
    Listen {
        /// Local address.
        local: Ip,
        /// Local port.
        local_port: u32,
        /// Queue asked for.
        backlog: u32,
        /// Address family, v4-mapped addresses being IPv4.
        network_type: NetworkType,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
