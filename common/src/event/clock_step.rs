// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The wall clock was stepped.
use crate::record;

record! {
    /// The wall clock jumped against the boot clock.
    ClockStep {
        /// Nanoseconds; positive is forward.
        delta: i64 => "tarsier.clock.delta",
    }
}
