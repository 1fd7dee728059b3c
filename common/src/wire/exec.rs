// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Program starts, and starts that failed.
use crate::names::Capabilities;
use crate::record;
use crate::value::{Device, Errno, Mode, Text, TextList, Time};

record! {
    /// A process replaced its program image, or tried to.
    Exec {
        /// Inode of the executable.
        inode: u64,
        /// Size of the executable.
        size: u64,
        /// Last change of content.
        mtime: Time,
        /// Last change of the inode.
        ctime: Time,
        /// Effective capabilities after the exec.
        capabilities: Capabilities,
        /// Inode of the ELF interpreter (ld.so).
        interpreter_inode: u64,
        /// Bytes of argv before it was cut.
        args_bytes: u32,
        /// Number of arguments before they were cut.
        args_count: u32,
        /// Device of the executable.
        device: Device,
        /// Mode of the executable with set-id bits.
        mode: Mode,
        /// Device of the ELF interpreter.
        interpreter_device: Device,
        /// 0, or the errno of a failed exec.
        result: Errno,
        /// Path of the new image, resolved from the file (absent when the exec failed).
        executable: Text,
        /// What the caller asked for.
        asked: Text,
        /// Working directory.
        cwd: Text,
        /// Arguments, NUL-separated.
        args: TextList,
        /// Path of the ELF interpreter.
        interpreter: Text,
        /// Keeps the size a multiple of 8.
        reserved: crate::value::Pad4,
    }
}
