// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Settings changed.
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// A setting changed while recording.
    ConfigChange {
        /// Which.
        key: Text => "tarsier.config.key",
        /// Value before.
        old: Text => "tarsier.config.old",
        /// Value after.
        new: Text => "tarsier.config.new",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
