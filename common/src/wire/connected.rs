// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Outcomes of attempts to connect.
use crate::record;
use crate::value::{BootTime, Errno, Ip};

record! {
    /// An attempt to connect ended; completes a [`super::Connect`].
    Connected {
        /// Cookie of the socket.
        socket: u64,
        /// When the attempt began.
        began: BootTime,
        /// Local address.
        local: Ip,
        /// Local port.
        local_port: u32,
        /// 0 when connected; absent when the attempt was given up before it had an outcome.
        result: Errno,
    }
}
