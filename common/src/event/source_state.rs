// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A source or hook changed its state.
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// A source or hook is degraded, or whole again.
    SourceState {
        /// Which.
        name: Text => "tarsier.hook.name",
        /// What it does now.
        state: Text => "tarsier.hook.state",
        /// Why.
        reason: Text => "event.reason",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
