// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Spans in which something is known not to have been seen.
use crate::loss::Loss;
use crate::names::Class;
use crate::record;
use crate::value::Time;

record! {
    /// Events of a class were lost between two times.
    LossEvent {
        /// Begin of the span.
        start: Time => "event.start",
        /// End of the span.
        end: Time => "event.end",
        /// How many; absent when not countable.
        count: u64 => "tarsier.loss.count",
        /// Of which class.
        class: Class => "tarsier.loss.class",
        /// Why.
        cause: Loss => "tarsier.loss.cause",
    }
}
