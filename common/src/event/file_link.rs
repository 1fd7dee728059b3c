// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Hard links.
use crate::record;
use crate::value::{Device, Pad4, Text};

record! {
    /// A further name was made for a file.
    FileLink {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// The name it had.
        target: Text => "file.target_path",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
