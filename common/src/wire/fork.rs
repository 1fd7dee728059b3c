// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New processes (not threads).
use crate::record;
use crate::value::ProcessKey;

record! {
    /// A process made a child process; the header is the parent's.
    Fork {
        /// The child.
        child: ProcessKey,
        /// The child's pid in its own pid namespace.
        child_ns_pid: u32,
        /// Inode of the child's pid namespace.
        child_pid_ns: u32,
        /// Inode of the child's mount namespace.
        child_mnt_ns: u32,
        /// Reserved, zero.
        reserved: crate::value::Pad4,
    }
}
