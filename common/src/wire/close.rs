// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Ends of TCP connections.
use crate::names::{Direction, NetworkType};
use crate::record;
use crate::value::{BootTime, Errno, Ip};

record! {
    /// A TCP connection that some process connected or accepted ended; runs in softirq, so the
    /// header names the owner only.
    Close {
        /// Payload bytes sent, each counted once.
        sent: u64,
        /// Payload bytes received.
        received: u64,
        /// When it was connected or accepted.
        began: BootTime,
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
        /// Who began it.
        direction: Direction,
        /// The error it ended with, 0 for an orderly end.
        result: Errno,
        /// Keeps the size a multiple of 8.
        reserved: crate::value::Pad4,
    }
}
