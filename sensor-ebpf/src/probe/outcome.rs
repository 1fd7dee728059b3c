// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! How attempts ended: shared by the ends of the calls that `path_op` and `mount` serve.
//!
//! Hook: tp_btf/io_uring_complete
//! Why:   the trampoline tier's hooks see the objects before the act, not the outcome.
//! Blind: attempts through rings whose completions are put off to the submitter: their outcome
//!        stays unknown.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_fixed, emit_with_tail};
use crate::kernel::args::{self, Arguments};
use crate::kernel::offsets;
use crate::kernel::read::kernel;
use crate::kernel::{Task, pending};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, FileOperation};
use common::value::Errno;
use common::wire::{OnWire, Outcome};

/// Ends the current thread's attempt, if it made one.
#[inline(always)]
pub fn ended(result: i64) -> bool {
    let Some(ended) = pending::end() else { return false };
    emit_fixed::<Outcome>(EventFlags(0), |_, body| {
        body.operation = ended.operation;
        body.result = Errno(args::errno(result));
        if result >= 0 && !ended.made.is_null() {
            body.inode = ended.made.number();
            body.device = ended.made.device();
            body.mode = ended.made.mode();
        }
        Some(())
    });
    true
}

/// A request of io_uring ended, in the thread that served it.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn outcome_io_uring(context: BtfTracePointContext) -> i32 {
    let result = if offsets::value(&offsets::COMPLETE_HAS_CQE) != 0 {
        // the record of the completion: user_data, then the result
        kernel::<i32>(context.word(2).wrapping_add(8))
    } else {
        context.word(3) as i32
    };
    if pending::is_io_worker(Task::current()) {
        ended(i64::from(result));
    }
    0
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
