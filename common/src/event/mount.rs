// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Mounts (mount, move_mount, pivot_root, mount_setattr).
use crate::record;
use crate::value::Text;

record! {
    /// Something was mounted, moved or remounted.
    Mount {
        /// Flags of the call.
        flags: u64 => "tarsier.mount.flags",
        /// Path, as the process's root sees it.
        path: Text => "file.path",
        /// What was mounted.
        device_name: Text => "tarsier.mount.source",
        /// Kind of file system.
        filesystem: Text => "tarsier.mount.filesystem",
        /// System call.
        call: Text => "tarsier.mount.call",
    }
}
