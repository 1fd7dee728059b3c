// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel modules loaded.
use crate::record;
use crate::value::Text;

record! {
    /// A kernel module was loaded.
    ModuleLoad {
        /// Taint bits.
        taints: u64 => "tarsier.module.taints",
        /// File it came from.
        path: Text => "file.path",
        /// Name of the module.
        name: Text => "tarsier.module.name",
    }
}
