// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! DNS messages to and from port 53 of a peer.
use crate::names::{Direction, NetworkType, Transport};
use crate::record;
use crate::value::{Bytes, Ip};

record! {
    /// A DNS message; the header names the owner of the socket.
    Dns {
        /// Local address.
        local: Ip,
        /// The server's address.
        remote: Ip,
        /// Local port.
        local_port: u32,
        /// The server's port.
        remote_port: u32,
        /// Address family.
        network_type: NetworkType,
        /// UDP or TCP.
        transport: Transport,
        /// Outbound to the server, inbound from it.
        direction: Direction,
        /// The message; flagged `cut` when it is longer.
        message: Bytes,
    }
}
