// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New processes (not threads).
use crate::record;
use crate::value::ProcessKey;

record! {
    /// A process made a child process.
    Fork {
        /// The child.
        child: ProcessKey => "tarsier.child.entity_id",
        /// Its pid.
        child_pid: u32 => "tarsier.child.pid",
        /// Its pid in its own namespace.
        child_ns_pid: u32 => "tarsier.child.ns_pid",
    }
}
