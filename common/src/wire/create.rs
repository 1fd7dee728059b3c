// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Files that came into being through an open.
use crate::record;
use crate::value::{BootTime, Device, Mode, Text};

record! {
    /// An open made the file (`FMODE_CREATED`). A file without a name (`O_TMPFILE`) comes into
    /// being only when it gets one: a `path_op` link with the flag `tmpfile`.
    Create {
        /// Address of the open file: with `opened` the identity of this open.
        file: u64,
        /// When it was opened.
        opened: BootTime,
        /// Inode number.
        inode: u64,
        /// Device.
        device: Device,
        /// Type and permission bits.
        mode: Mode,
        /// Path, walked from the open file.
        path: Text,
        /// Keeps the size a multiple of 8.
        reserved: crate::value::Pad4,
    }
}
