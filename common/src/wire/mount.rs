// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changes of the mount tree.
use crate::names::FileOperation;
use crate::record;
use crate::value::{Errno, Pad4, Text};

record! {
    /// Something was mounted, moved, remounted or unmounted, or somebody tried to.
    Mount {
        /// Flags of the call.
        flags: u64,
        /// Which call.
        operation: FileOperation,
        /// Outcome; absent when an `outcome` record will say.
        result: Errno,
        /// Directory `path` is relative to; absent when the path is whole.
        directory: Text,
        /// Where.
        path: Text,
        /// Directory `source` is relative to.
        directory_source: Text,
        /// What.
        source: Text,
        /// Kind of file system.
        filesystem: Text,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
