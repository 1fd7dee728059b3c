// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Renames and exchanges.
use crate::record;
use crate::value::{Device, Mode, Text};

record! {
    /// A name moved; file.path is the new one.
    FileRename {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Inode of a file this rename replaced or exchanged.
        replaced_inode: u64 => "tarsier.file.replaced_inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// The name before.
        path_old: Text => "tarsier.file.path_old",
        /// Its mode.
        replaced_mode: Mode => "tarsier.file.replaced_mode",
    }
}
