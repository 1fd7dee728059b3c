// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Names removed.
use crate::record;
use crate::value::{Device, Mode, Text};

record! {
    /// A name was removed.
    FileDelete {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Names that were left.
        links: u32 => "tarsier.file.links",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// Permission and type bits.
        mode: Mode => "file.mode",
    }
}
