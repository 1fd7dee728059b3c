// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changed content, said once for each open: at its last close, or while it stays open.
use crate::record;
use crate::value::{BootTime, Device, Pad4, ProcessKey, Text, Time};

record! {
    /// Content was changed through an open file.
    ///
    /// The header is the closer's, unless a flag says `swept` or `still_open`: then it is the
    /// recorder's own. With `maybe` the header is the mapping process's.
    Write {
        /// Address of the open file.
        file: u64,
        /// When it was opened.
        opened: BootTime,
        /// Inode number.
        inode: u64,
        /// Size now.
        size: u64,
        /// Last change of content.
        mtime: Time,
        /// When the first change was seen.
        first_change: BootTime,
        /// Who made the first change.
        writer: ProcessKey,
        /// Who opened it.
        opener: ProcessKey,
        /// Device.
        device: Device,
        /// Thread that made the first change.
        writer_tid: u32,
        /// Path, walked now; absent when the open file is gone already.
        path: Text,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
