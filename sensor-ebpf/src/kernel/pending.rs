// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Attempts whose outcome is still to come, one for each thread.
use crate::kernel::{Dentry, Inode, Task, clock};
use crate::maps::PENDING;
use common::names::FileOperation;

/// An attempt older than this was never ended: its thread was killed inside the call.
const FORGOTTEN_NS: u64 = 10_000_000_000;

/// An attempt.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pending {
    /// When it was made.
    pub time_ns: u64,
    /// Which operation.
    pub operation: u32,
    /// Keeps the size a multiple of 8.
    pub reserved: u32,
    /// Address of the name that gets its object by this, 0 for none.
    made: u64,
    /// What the name is in, and where it is spelt: how it is known again.
    made_in: u64,
    /// See `made_in`.
    made_name: u64,
}

/// An attempt that ended.
#[derive(Clone, Copy)]
pub struct Ended {
    /// Which operation it was.
    pub operation: FileOperation,
    /// What it made; null when it made nothing, or when the name is gone already.
    pub made: Inode,
}

/// Notes that the current thread attempts something.
#[inline(always)]
pub fn begin(operation: FileOperation) {
    let attempt = Pending {
        time_ns: clock::boot_ns(),
        operation: operation.0,
        reserved: 0,
        made: 0,
        made_in: 0,
        made_name: 0,
    };
    let _a_lost_outcome_is_told_as_unknown = PENDING.insert(clock::current_ids(), attempt, 0);
}

/// Notes the name that the current thread's attempt will give an object. The hooks run before
/// the object exists; the name is the same afterwards.
#[inline(always)]
pub fn will_make(dentry: Dentry) {
    let thread = clock::current_ids();
    let Some(attempt) = PENDING.get_ptr(thread) else { return };
    // SAFETY: a live map value.
    let mut attempt = unsafe { attempt.read() };
    attempt.made = dentry.address();
    attempt.made_in = dentry.parent().address();
    attempt.made_name = dentry.name();
    let _a_lost_name_makes_the_object_unknown = PENDING.insert(thread, attempt, 0);
}

/// Whether this attempt of the current thread was told already: a layered file system asks again
/// for the layer below, and so does a second try after ESTALE.
#[inline(always)]
pub fn is_told(operation: FileOperation) -> bool {
    match PENDING.get_ptr(clock::current_ids()) {
        Some(attempt) => {
            // SAFETY: a live map value.
            let attempt = unsafe { attempt.read() };
            attempt.operation == operation.0
                && clock::boot_ns().wrapping_sub(attempt.time_ns) < FORGOTTEN_NS
        }
        None => false,
    }
}

/// Ends the current thread's attempt.
#[inline(always)]
pub fn end() -> Option<Ended> {
    let thread = clock::current_ids();
    let attempt = PENDING.get_ptr(thread)?;
    // SAFETY: a live map value.
    let attempt = unsafe { attempt.read() };
    let _gone_either_way = PENDING.remove(thread);
    let dentry = Dentry::at(attempt.made);
    // Nobody holds the name any more: what is there now is believed only if it is the same name.
    let same = attempt.made != 0
        && dentry.parent().address() == attempt.made_in
        && dentry.name() == attempt.made_name;
    let made = if same { dentry.inode() } else { Inode::at(0) };
    Some(Ended { operation: FileOperation(attempt.operation), made })
}

/// Whether nobody will say how this thread's calls end: it serves the kernel.
#[inline(always)]
pub fn has_no_end(task: Task) -> bool {
    task.flags() & PF_KTHREAD != 0
}

/// Whether the thread serves io_uring: its registers are no system call's.
#[inline(always)]
pub fn is_io_worker(task: Task) -> bool {
    task.flags() & PF_IO_WORKER != 0
}

const PF_IO_WORKER: u32 = 0x10;
const PF_KTHREAD: u32 = 0x0020_0000;
