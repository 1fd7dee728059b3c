// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! New processes.
//!
//! Hook: tp_btf/sched_process_fork(struct task_struct *parent, struct task_struct *child)
//! Why:   runs in the parent before the child can run, so that nothing of the child comes first.
//! Blind: nothing known.
//! Cost:  0.26 us (6.18, two virtual CPUs).
use crate::emit::{emit_fixed, wanted};
use crate::kernel::Task;
use crate::probe::namespace;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::EventFlags;
use common::wire::Fork;

/// Threads are not processes: a child in its maker's thread group is left out.
#[btf_tracepoint(function = "sched_process_fork")]
pub fn fork(context: BtfTracePointContext) -> i32 {
    let child = Task::argument(&context, 1);
    if child.tid() != child.tgid() {
        return 0;
    }
    if wanted::<Fork>() {
        report(child);
    }
    namespace::cloned(Task::argument(&context, 0), child);
    0
}

#[inline(always)]
fn report(child: Task) {
    emit_fixed::<Fork>(EventFlags(0), |_, body| {
        let number = child.ns_pid();
        body.child = child.key_of_leader();
        body.child_ns_pid = number.number;
        body.child_pid_ns = number.inode;
        body.child_mnt_ns = child.mnt_ns();
        Some(())
    });
}
