// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Owner changes.
use crate::record;
use crate::value::{Device, Text};

record! {
    /// Owner or group was changed.
    FileOwner {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// New owner; absent when unchanged.
        uid: u32 => "file.uid",
        /// New group; absent when unchanged.
        gid: u32 => "file.gid",
        /// Owner before.
        uid_old: u32 => "tarsier.file.uid_old",
        /// Group before.
        gid_old: u32 => "tarsier.file.gid_old",
    }
}
