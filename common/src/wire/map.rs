// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Files mapped executable.
use crate::record;
use crate::value::{Device, Text, Time};

record! {
    /// A process mapped a file executable, for the first time as far as the probe remembers.
    Map {
        /// Inode number.
        inode: u64,
        /// Size in bytes.
        size: u64,
        /// Last change of content.
        mtime: Time,
        /// Last change of the inode.
        ctime: Time,
        /// Device the file lives on.
        device: Device,
        /// Path, as the process's root sees it.
        path: Text,
    }
}
