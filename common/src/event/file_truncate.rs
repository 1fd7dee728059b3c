// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Size set by truncate or ftruncate.
use crate::record;
use crate::value::{Device, Text};

record! {
    /// The size was set.
    FileTruncate {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Size asked for.
        size: u64 => "file.size",
        /// Size before.
        size_old: u64 => "tarsier.file.size_old",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
    }
}
