// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process writes into another's memory.
use crate::names::WriteMethod;
use crate::record;
use crate::value::ProcessKey;

record! {
    /// Memory of another process was written.
    ProcessWrite {
        /// The other process.
        target: ProcessKey => "tarsier.target.entity_id",
        /// Its pid.
        target_pid: u32 => "tarsier.target.pid",
        /// How.
        method: WriteMethod => "tarsier.method",
    }
}
