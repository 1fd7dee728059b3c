// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel modules that come and go.
use crate::names::ModuleChange;
use crate::record;
use crate::value::Text;

record! {
    /// A kernel module was loaded or removed.
    Module {
        /// Taint bits.
        taints: u64,
        /// Which of the two.
        change: ModuleChange,
        /// File it was read from, when a file was named.
        path: Text,
        /// Name of the module.
        name: Text,
        /// Keeps the size a multiple of 8.
        reserved: crate::value::Pad4,
    }
}
