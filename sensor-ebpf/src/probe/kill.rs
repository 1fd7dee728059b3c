// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Signals to processes of other users.
//!
//! Hook: tp_btf/signal_generate(int, struct kernel_siginfo *, struct task_struct *, int, int)
//! Hook: tp/syscalls/sys_exit_kill
//! Hook: tp/syscalls/sys_exit_tkill
//! Hook: tp/syscalls/sys_exit_tgkill
//! Why:   the first runs in the sender, once for each signal a process sent (the kernel's own
//!        have other codes); a refused one never gets there.
//! Blind: signals by root, which may signal anyone; refusals of a whole process group, of
//!        32-bit calls and of rt_sigqueueinfo and pidfd_send_signal.
//! Cost:  0.05 us for a signal of the kernel or of the same user.
use crate::emit::{emit_fixed, wanted};
use crate::kernel::Task;
use crate::kernel::args::{self, Call};
use crate::kernel::signal::sent_by_process;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, SignalNumber};
use common::value::Errno;
use common::wire::Kill;

const SYS_TGKILL: u64 = 234;

/// A signal was sent.
#[btf_tracepoint(function = "signal_generate")]
pub fn kill(context: BtfTracePointContext) -> i32 {
    let signal: u32 = context.arg(0);
    let target = Task::argument(&context, 2);
    if sent_by_process(context.arg(1)) {
        report(target, signal, 0);
    }
    0
}

/// A signal was refused.
#[btf_tracepoint(function = "sys_exit")]
pub fn kill_refused(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if !args::refused(result) {
        return 0;
    }
    let call = Call::current();
    let signal = if call.number() == SYS_TGKILL { call.third() } else { call.second() };
    let number = call.first() as i32;
    if number > 0 {
        report(Task::numbered(number as u32), signal as u32, args::errno(result));
    }
    0
}

/// Signal 0 only asks whether the target exists.
#[inline(always)]
fn report(target: Task, signal: u32, errno: i32) {
    let sender = Task::current().cred().euid();
    if signal == 0 || sender == 0 || target.is_null() || !wanted::<Kill>() {
        return;
    }
    let owner = target.cred().uid();
    if owner == sender {
        return;
    }
    emit_fixed::<Kill>(EventFlags(0), |_, body| {
        body.target = target.key();
        body.target_uid = owner;
        body.signal = SignalNumber(signal);
        body.result = Errno(errno);
        Some(())
    });
}
