// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel modules removed.
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// A kernel module was removed.
    ModuleUnload {
        /// Name of the module.
        name: Text => "tarsier.module.name",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
