// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Processes that ran before recording began.
use crate::names::Capabilities;
use crate::record;

record! {
    /// A process was running when recording began.
    Running {
        /// Effective capabilities.
        capabilities: Capabilities => "process.thread.capabilities.effective",
    }
}
