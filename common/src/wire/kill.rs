// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Signals to processes of other users.
use crate::names::SignalNumber;
use crate::record;
use crate::value::{Errno, Pad4, ProcessKey};

record! {
    /// A signal was sent to a process of another user, or was refused; the header is the sender.
    Kill {
        /// The other process.
        target: ProcessKey,
        /// Real user of the target.
        target_uid: u32,
        /// The signal.
        signal: SignalNumber,
        /// 0, or the errno.
        result: Errno,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
