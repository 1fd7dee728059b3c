// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New files (open with O_CREAT, mknod, O_TMPFILE's link).
use crate::record;
use crate::value::{Device, Mode, Text};

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
        /// What the caller named, when it differs.
        asked: Text => "tarsier.file.path_asked",
    }
}
