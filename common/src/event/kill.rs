// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Signals to processes of other users.
use crate::names::SignalNumber;
use crate::record;
use crate::value::{Pad4, ProcessKey};

record! {
    /// A signal was sent to a process of another user.
    Kill {
        /// The other process.
        target: ProcessKey => "tarsier.target.entity_id",
        /// Its pid.
        target_pid: u32 => "tarsier.target.pid",
        /// User of the target.
        target_uid: u32 => "tarsier.target.user.id",
        /// The signal.
        signal: SignalNumber => "tarsier.signal",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
