// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Unmounts.
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// A mount was removed.
    Unmount {
        /// Flags of the call.
        flags: u64 => "tarsier.mount.flags",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
