// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Program starts, and starts that failed.
use crate::names::Capabilities;
use crate::record;
use crate::value::{Device, Mode, Pad4, Text, TextList, Time};

record! {
    /// A process replaced its program image, or tried to.
    Exec {
        /// Inode of the executable.
        inode: u64 => "file.inode",
        /// Size of the executable in bytes.
        size: u64 => "file.size",
        /// Last change of content.
        mtime: Time => "file.mtime",
        /// Last change of the inode.
        ctime: Time => "file.ctime",
        /// Effective capabilities after the exec.
        capabilities: Capabilities => "process.thread.capabilities.effective",
        /// Device the executable lives on.
        device: Device => "file.device",
        /// Mode with set-id bits.
        mode: Mode => "file.mode",
        /// Length of argv before it was cut.
        args_bytes: u32 => "tarsier.args.bytes",
        /// Number of arguments before they were cut.
        args_count: u32 => "process.args_count",
        /// Executable, resolved in the kernel; what was asked when the exec failed.
        path: Text => "file.path",
        /// What the caller named, when it differs (a script, a symbolic link).
        asked: Text => "tarsier.exec.asked",
        /// Arguments of a failed exec (a successful one has process.args).
        args: TextList => "tarsier.exec.args",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
