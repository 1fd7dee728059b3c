// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New files (open with O_CREAT, mknod, O_TMPFILE's link).
use crate::record;
use crate::value::{Device, Mode, Pad4, Text};

record! {
    /// A file came into being.
    FileCreate {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Permission and type bits.
        mode: Mode => "file.mode",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
