// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Iterators: programs the recorder runs over every task, writing into a file it reads.
//!
//! aya has no attribute for them, so the entry point is declared here.
use crate::kernel::Task;
use aya_ebpf::bindings::{seq_file, task_struct};
use aya_ebpf::helpers::generated as helpers;

/// `struct bpf_iter_meta`, as far as it is used.
#[repr(C)]
struct Meta {
    seq: *mut seq_file,
}

/// `struct bpf_iter__task`.
#[repr(C)]
pub struct Context {
    meta: *const Meta,
    task: *mut task_struct,
}

/// One task of the iteration.
pub struct Item {
    seq: *mut seq_file,
    task: *mut task_struct,
}

impl Item {
    /// The task, for the readers.
    #[inline(always)]
    pub fn task(&self) -> Task {
        Task::at(self.task as u64)
    }

    /// The file to write to.
    #[inline(always)]
    pub fn file(&self) -> *mut seq_file {
        self.seq
    }

    /// Copies `len` bytes of the task's memory to `place`; may sleep.
    #[inline(always)]
    pub fn copy_user(&self, place: *mut u8, len: u32, address: u64) -> bool {
        let source = address as *const _;
        // SAFETY: the caller has `len` bytes at `place`; the verifier knows the task.
        let failed =
            unsafe { helpers::bpf_copy_from_user_task(place.cast(), len, source, self.task, 0) };
        failed == 0
    }
}

/// What `context` points at; `None` at the end of the iteration.
#[inline(always)]
pub fn item(context: *const Context) -> Option<Item> {
    // SAFETY: the kernel passes a valid context; the verifier checks each load.
    let (meta, task) = unsafe { ((*context).meta, (*context).task) };
    if task.is_null() {
        return None;
    }
    // SAFETY: as above.
    let seq = unsafe { (*meta).seq };
    Some(Item { seq, task })
}

/// `INVENTORY`: every task, sleeping where its memory is not at hand.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter.s/task")]
extern "C" fn inventory(context: *const Context) -> i32 {
    if let Some(item) = item(context) {
        crate::probe::inventory(&item);
    }
    0
}
