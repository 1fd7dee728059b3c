// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Ends of processes.
//!
//! Hook: tp_btf/sched_process_exit(struct task_struct *task[, bool group_dead])
//! Why:   the one place every thread passes; `group_dead` (6.18) says which was the last. Older
//!        kernels have the count of live threads, which two racing threads can both see at zero:
//!        a table then lets the first through.
//! Blind: CPU time of other threads that are leaving in the same microseconds; descriptors are
//!        closed after this, so closes of the exit follow it.
//! Cost:  0.26 us (6.18, two virtual CPUs).
use crate::emit::{emit_fixed, wanted};
use crate::kernel::{Task, offsets};
use crate::maps::ENDED;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::EventFlags;
use common::value::Duration;
use common::wire::Exit;

const NO_EXIST: u64 = 1;
const STATUS_SHIFT: u32 = 8;
const SIGNAL_BITS: u32 = 0x7f;

/// Every thread comes by; only the last of its process is reported.
#[btf_tracepoint(function = "sched_process_exit")]
pub fn exit(context: BtfTracePointContext) -> i32 {
    let task = Task::argument(&context, 0);
    let last = if offsets::value(&offsets::HAS_GROUP_DEAD) != 0 {
        context.arg::<u64>(1) & 1 == 1
    } else {
        task.live_threads() == 0 && ENDED.insert(task.key(), 1, NO_EXIST).is_ok()
    };
    if !last || !wanted::<Exit>() {
        return 0;
    }
    emit_fixed::<Exit>(EventFlags(0), |_, body| {
        let code = task.group_exit_code();
        let (user, system) = task.group_cpu_time();
        let signal = code & SIGNAL_BITS;
        if signal == 0 {
            body.exit_code = ((code >> STATUS_SHIFT) & 0xff) as i32;
        } else {
            body.signal = signal;
        }
        body.user_time = Duration(user);
        body.system_time = Duration(system);
        Some(())
    });
    0
}
