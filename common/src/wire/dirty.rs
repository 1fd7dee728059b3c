// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! First changes through an open file: where it was then, for closes that leave no path.
use crate::record;
use crate::value::{BootTime, Pad4, Text};

record! {
    /// Content was changed through this open for the first time, or again after a while.
    Dirty {
        /// Address of the open file.
        file: u64,
        /// When it was opened.
        opened: BootTime,
        /// Path, walked from the open file.
        path: Text,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
