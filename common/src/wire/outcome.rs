// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! How an attempt ended (trampoline tier): its hook fires before the act.
use crate::names::FileOperation;
use crate::record;
use crate::value::{Device, Errno, Mode};

record! {
    /// The last attempt of this thread ended.
    Outcome {
        /// Inode of what it made.
        inode: u64,
        /// Which operation it was.
        operation: FileOperation,
        /// 0 or an errno.
        result: Errno,
        /// Device of what it made.
        device: Device,
        /// Type and permission bits of what it made.
        mode: Mode,
    }
}
