// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Connections taken from a listening socket.
use crate::names::NetworkType;
use crate::record;
use crate::value::{Ip, Pad4};

record! {
    /// A process accepted a TCP connection.
    Accept {
        /// Cookie of the new socket.
        socket: u64,
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
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
