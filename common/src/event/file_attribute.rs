// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Extended attributes, ACLs and inode flags.
use crate::names::AttributeOperation;
use crate::record;
use crate::value::{Device, Text};

record! {
    /// An extended attribute, ACL or inode flag was set or removed.
    FileAttribute {
        /// Inode number.
        inode: u64 => "file.inode",
        /// Device the file lives on.
        device: Device => "file.device",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// Name of the attribute.
        attribute: Text => "tarsier.file.attribute",
        /// Set or removed.
        operation: AttributeOperation => "tarsier.file.operation",
    }
}
