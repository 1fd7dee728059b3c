// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process takes control of another with ptrace.
//!
//! Hook: tp/syscalls/sys_exit_ptrace
//! Why:   says the request, the target and how it went; every kernel hook inside fires for mere
//!        looks into /proc as well. The target is found in the caller's table of numbers.
//! Blind: 32-bit calls; a target that is gone when the call returns.
//! Cost:  nothing unless ptrace is called.
use crate::emit::{emit_fixed, wanted};
use crate::kernel::Task;
use crate::kernel::args::{self, Call};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, PtraceRequest};
use common::value::Errno;
use common::wire::Ptrace;

/// Requests that attach, or change the other process; looks and stops are left out.
#[btf_tracepoint(function = "sys_exit")]
pub fn ptrace(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    let call = Call::current();
    let request = PtraceRequest(call.first() as u32);
    if !takes_control(request) || (result < 0 && !args::refused(result)) || !wanted::<Ptrace>() {
        return 0;
    }
    let target = if request == PtraceRequest::TRACEME {
        Task::current().parent()
    } else {
        Task::numbered(call.second() as u32)
    };
    emit_fixed::<Ptrace>(EventFlags(0), |_, body| {
        if !target.is_null() {
            body.target = target.key();
        }
        body.request = request;
        body.result = Errno(args::errno(result));
        Some(())
    });
    0
}

#[inline(always)]
fn takes_control(request: PtraceRequest) -> bool {
    matches!(
        request,
        PtraceRequest::TRACEME
            | PtraceRequest::POKETEXT
            | PtraceRequest::POKEDATA
            | PtraceRequest::POKEUSER
            | PtraceRequest::SETREGS
            | PtraceRequest::SETFPREGS
            | PtraceRequest::SETREGSET
            | PtraceRequest::ATTACH
            | PtraceRequest::SEIZE
    )
}
