// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Ends of processes (not of threads).
use crate::names::SignalNumber;
use crate::record;
use crate::value::Duration;

record! {
    /// The last thread of a process left.
    Exit {
        /// User CPU time.
        user_time: Duration => "tarsier.cpu.user",
        /// System CPU time.
        system_time: Duration => "tarsier.cpu.system",
        /// Exit status; absent when a signal ended it.
        exit_code: i32 => "process.exit_code",
        /// Signal that ended it.
        signal: SignalNumber => "tarsier.exit.signal",
    }
}
