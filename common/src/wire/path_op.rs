// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Operations on names and inodes: rename, unlink, mkdir, mode, owner, attributes, …
use crate::names::FileOperation;
use crate::record;
use crate::value::{Device, Errno, Mode, Text};

record! {
    /// A name or an inode was changed, or somebody tried to.
    ///
    /// A path is whole where its directory is absent, otherwise it is what the caller asked for,
    /// relative to that directory.
    PathOp {
        /// Inode operated on.
        inode: u64,
        /// Size asked for (truncate).
        size: u64,
        /// Size before (truncate).
        size_old: u64,
        /// Inode a rename replaced or exchanged.
        replaced_inode: u64,
        /// Which operation.
        operation: FileOperation,
        /// Outcome; absent when an `outcome` record will say.
        result: Errno,
        /// Device.
        device: Device,
        /// Mode asked for (mode, mkdir, mknod), else of the inode.
        mode: Mode,
        /// Permission bits before (mode).
        mode_old: Mode,
        /// Owner asked for.
        uid: u32,
        /// Group asked for.
        gid: u32,
        /// Owner before.
        uid_old: u32,
        /// Group before.
        gid_old: u32,
        /// Names of the inode before.
        links: u32,
        /// Mode of the replaced inode.
        replaced_mode: Mode,
        /// Directory `path` is relative to.
        directory: Text,
        /// The name operated on; of a rename or link the new one.
        path: Text,
        /// Directory `other` is relative to.
        directory_other: Text,
        /// The old name of a rename, the existing name of a link, the target of a symlink.
        other: Text,
        /// Name of an attribute.
        attribute: Text,
    }
}
