// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Attempts to connect, as they begin.
use crate::names::NetworkType;
use crate::record;
use crate::value::{Errno, Ip};

record! {
    /// A process asked for a TCP connection. A [`super::Connected`] of the same socket says how it
    /// ended, unless `result` already does.
    Connect {
        /// Cookie of the socket.
        socket: u64,
        /// Local address.
        local: Ip,
        /// Address asked for.
        remote: Ip,
        /// Local port; absent until the kernel has chosen one.
        local_port: u32,
        /// Port asked for.
        remote_port: u32,
        /// Address family, v4-mapped addresses being IPv4.
        network_type: NetworkType,
        /// Errno of an attempt that ended before a packet left; absent when the outcome follows.
        result: Errno,
    }
}
