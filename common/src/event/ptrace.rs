// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process takes control of another.
use crate::names::PtraceRequest;
use crate::record;
use crate::value::ProcessKey;

record! {
    /// A process attached to another with ptrace.
    Ptrace {
        /// The other process.
        target: ProcessKey => "tarsier.target.entity_id",
        /// Its pid.
        target_pid: u32 => "tarsier.target.pid",
        /// The request.
        request: PtraceRequest => "tarsier.ptrace.request",
    }
}
