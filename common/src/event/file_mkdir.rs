// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New directories.
use crate::record;
use crate::value::{Device, Mode, Pad4, Text};

record! {
    /// A directory was made.
    FileMkdir {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// Permission bits.
        mode: Mode => "file.mode",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
