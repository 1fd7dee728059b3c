// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Requests of io_uring, as they are when they have just been prepared.
use crate::kernel::offsets as at;
use crate::kernel::read::member;
use crate::kernel::{File, Request, Task};

/// The descriptor is an index into the ring's own table.
const FIXED_FILE: u64 = 1;

impl Request {
    /// `IORING_OP_*`.
    #[inline(always)]
    pub fn opcode(self) -> u8 {
        member(self.address(), &at::REQUEST_OPCODE)
    }

    /// The open file it names; `None` when it names one of the ring's own table.
    #[inline(always)]
    pub fn file(self) -> Option<File> {
        let flags: u64 = member(self.address(), &at::REQUEST_FLAGS);
        if flags & FIXED_FILE != 0 {
            return None;
        }
        let descriptor: i32 = member(self.address(), &at::REQUEST_DESCRIPTOR);
        Some(File::of_descriptor(Task::current(), i64::from(descriptor)))
    }

    /// `O_*` bits of an open.
    #[inline(always)]
    pub fn open_flags(self) -> u64 {
        let command = self.address().wrapping_add(at::value(&at::REQUEST_COMMAND));
        member(command, &at::IO_OPEN_FLAGS)
    }
}
