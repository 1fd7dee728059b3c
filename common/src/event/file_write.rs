// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Content changed through an open file.
use crate::record;
use crate::value::{BootTime, Device, ProcessKey, Text, Time};

record! {
    /// Content was changed; the process is the writer.
    FileWrite {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Size after the change.
        size: u64 => "file.size",
        /// Last change of content.
        mtime: Time => "file.mtime",
        /// When the first change through this open was seen.
        first_change: BootTime => "tarsier.write.first",
        /// Who opened it, when that was another process.
        opener: ProcessKey => "tarsier.opener.entity_id",
        /// Who closed it, when that was another process.
        closer: ProcessKey => "tarsier.closer.entity_id",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
    }
}
