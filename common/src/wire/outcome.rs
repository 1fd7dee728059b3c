// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! How an attempt ended (trampoline tier): its hook fires before the act.
use crate::names::FileOperation;
use crate::record;
use crate::value::Errno;

record! {
    /// The last attempt of this thread ended.
    Outcome {
        /// Which operation it was.
        operation: FileOperation,
        /// 0 or an errno.
        result: Errno,
    }
}
