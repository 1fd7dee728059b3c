// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! How attempts ended: shared by the ends of the calls that `path_op` and `mount` serve.
//!
//! Why:   the trampoline tier's hooks see the objects before the act, not the outcome.
//! Blind: attempts through io_uring: their record says at once that the outcome is not known.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_fixed, emit_with_tail};
use crate::kernel::args;
use crate::kernel::{Task, pending};
use common::names::{EventFlags, FileOperation};
use common::value::Errno;
use common::wire::{OnWire, Outcome};

/// Ends the current thread's attempt, if it made one.
#[inline(always)]
pub fn ended(result: i64) -> bool {
    let Some(operation) = pending::end() else { return false };
    emit_fixed::<Outcome>(EventFlags(0), |_, body| {
        body.operation = operation;
        body.result = Errno(args::errno(result));
        Some(())
    });
    true
}

/// Whether a call that nobody announced is an event: it succeeded, or somebody was refused.
#[inline(always)]
pub fn worth_telling(result: i64) -> bool {
    result >= 0 || args::refused(result)
}

/// Emits an attempt and remembers it for its outcome, if there will be one.
#[inline(always)]
pub fn attempt<B: OnWire>(
    operation: FileOperation,
    fill: impl FnOnce(&mut Draft<B>) -> Option<()>,
) {
    if pending::is_told(operation) {
        return;
    }
    let task = Task::current();
    let endless = pending::has_no_end(task);
    let mut flags = EventFlags::TRAMPOLINE.0;
    if endless {
        flags |= EventFlags::RESULT_UNKNOWN.0;
    }
    if pending::is_io_worker(task) {
        flags |= EventFlags::IO_URING.0;
    }
    if emit_with_tail::<B>(EventFlags(flags), fill) && !endless {
        pending::begin(operation);
    }
}
