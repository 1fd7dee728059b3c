// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process takes control of another.
use crate::names::PtraceRequest;
use crate::record;
use crate::value::{Errno, ProcessKey};

record! {
    /// A process attached to another with ptrace, or changed its registers or memory.
    Ptrace {
        /// The other process; of `traceme`, the parent that may now trace.
        target: ProcessKey,
        /// The request.
        request: PtraceRequest,
        /// 0, or the errno.
        result: Errno,
    }
}
