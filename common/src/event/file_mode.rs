// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Permission changes.
use crate::record;
use crate::value::{Device, Mode, Text};

record! {
    /// Permission bits were changed.
    FileMode {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// The new bits.
        mode: Mode => "file.mode",
        /// The bits before.
        mode_old: Mode => "tarsier.file.mode_old",
    }
}
