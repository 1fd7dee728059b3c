// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Processes that ran before the probes did.
//!
//! Hook: iter/task
//! Why:   read once, after the other probes are attached: what starts later has its own exec,
//!        what started earlier is here, and nothing falls between.
//! Blind: what was asked for at the exec; the ELF interpreter.
//! Cost:  once, at start.
use crate::emit::write_to_iterator;
use crate::kernel::iterator::Item;
use crate::probe::exec::{self, Program};
use common::names::EventFlags;
use common::wire::{Exec, Inventory};

impl Program for Inventory {
    #[inline(always)]
    fn program(&mut self) -> &mut Exec {
        &mut self.0
    }
}

/// Writes a record for every process; kernel threads have no program.
#[inline(always)]
pub fn inventory(item: &Item) {
    let task = item.task();
    if task.tid() != task.tgid() {
        return;
    }
    write_to_iterator::<Inventory>(item, EventFlags::INVENTORY, |draft| {
        let memory = task.mm();
        if memory.is_null() {
            return;
        }
        exec::describe(draft, task, memory.program());
        let (start, len) = memory.args();
        let args = draft.other_list(item, start, exec::without_last_nul(len));
        draft.body().0.args = args;
        draft.body().0.args_bytes = len as u32;
    });
}
