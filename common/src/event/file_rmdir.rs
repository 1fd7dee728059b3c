// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Directories removed.
use crate::record;
use crate::value::{Device, Text};

record! {
    /// A directory was removed.
    FileRmdir {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
    }
}
