// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process writes into another's memory.
use crate::names::WriteMethod;
use crate::record;
use crate::value::{Errno, ProcessKey};

record! {
    /// Memory of another process was written, or opened for writing.
    ProcessWrite {
        /// The other process.
        target: ProcessKey,
        /// How.
        method: WriteMethod,
        /// 0, or the errno.
        result: Errno,
    }
}
