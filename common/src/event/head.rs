// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What every stored event has, whatever its kind.
use crate::names::{EventFlags, Source};
use crate::record;
use crate::value::{BootTime, Errno, Time};

record! {
    /// The fixed head of a stored event.
    Head {
        /// Dense number of the event in this store; never used twice.
        sequence: u64 => "event.sequence",
        /// When it happened, wall clock.
        time: Time => "@timestamp",
        /// When it happened, nanoseconds since boot.
        boot_time: BootTime => "tarsier.boot_time",
        /// What is second-hand, cut or unusual about it.
        flags: EventFlags => "tarsier.flags",
        /// 0, or the errno it failed with; absent when the outcome is not known.
        result: Errno => "tarsier.result",
        /// Thread.
        tid: u32 => "process.thread.id",
        /// A row of the table of kinds (`event.action` is its name).
        kind: u32 => "tarsier.kind",
        /// Where it came from.
        source: Source => "tarsier.source",
    }
}
