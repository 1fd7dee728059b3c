// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Namespaces left, joined, or made for a child.
//!
//! Hook: tp/syscalls/sys_exit_unshare
//! Hook: tp/syscalls/sys_exit_setns
//! Why:   the flags say which kinds; a clone is told by comparing the child's namespaces with
//!        its maker's, so that no hook on clone itself is needed.
//! Blind: 32-bit calls; a refused clone.
//! Cost:  1.5 us (6.18, two virtual CPUs).
use crate::emit::{emit_fixed, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::namespace::{self, kinds_of_flags};
use crate::kernel::{File, Task};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, Namespaces, Via};
use common::value::{Errno, ProcessKey, Typed};
use common::wire::Namespace;

/// Namespaces were left for new ones.
#[btf_tracepoint(function = "sys_exit")]
pub fn namespace_unshare(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    let kinds = kinds_of_flags(Call::current().first());
    report(kinds, Via::UNSHARE, result);
    0
}

/// Namespaces were joined; where the caller did not say which, the descriptor does.
#[btf_tracepoint(function = "sys_exit")]
pub fn namespace_join(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    let call = Call::current();
    let asked = call.second() & 0xffff_ffff;
    let flags = if asked != 0 {
        asked
    } else {
        let descriptor = call.first() as i32;
        namespace::flag_of_file(File::of_descriptor(Task::current(), i64::from(descriptor)))
    };
    report(kinds_of_flags(flags), Via::SETNS, result);
    0
}

#[inline(always)]
fn report(kinds: Namespaces, via: Via, result: i64) {
    if kinds.0 != 0 && (result >= 0 || args::refused(result)) && wanted::<Namespace>() {
        emit(kinds, via, args::errno(result), <ProcessKey as Typed>::ABSENT);
    }
}

/// A child was made; reports it when it got namespaces of its own.
#[inline(always)]
pub fn cloned(maker: Task, child: Task) {
    let kinds = namespace::differing(maker, child);
    if kinds.0 != 0 && wanted::<Namespace>() {
        emit(kinds, Via::CLONE, 0, child.key_of_leader());
    }
}

#[inline(always)]
fn emit(kinds: Namespaces, via: Via, errno: i32, child: ProcessKey) {
    emit_fixed::<Namespace>(EventFlags(0), |_, body| {
        body.namespaces = kinds;
        body.via = via;
        body.result = Errno(errno);
        body.child = child;
        Some(())
    });
}
