// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The recorder ended.
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// The recorder ended in order.
    RecorderStop {
        /// Why.
        reason: Text => "event.reason",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
