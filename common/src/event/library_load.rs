// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Shared objects mapped executable.
use crate::record;
use crate::value::{Device, Text, Time};

record! {
    /// A shared object was mapped executable, once for each process.
    LibraryLoad {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Size in bytes.
        size: u64 => "file.size",
        /// Last change of content.
        mtime: Time => "file.mtime",
        /// Last change of the inode.
        ctime: Time => "file.ctime",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
    }
}
