// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Ends of processes (not of threads).
use crate::record;
use crate::value::Duration;

record! {
    /// The last thread of a process left.
    Exit {
        /// User CPU time of the whole process.
        user_time: Duration,
        /// System CPU time of the whole process.
        system_time: Duration,
        /// Exit status, 0..=255; absent when a signal ended it.
        exit_code: i32,
        /// Signal that ended it; absent when it exited.
        signal: u32,
    }
}
