// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! System calls: one program sees them all and hands each to the program that wants it.
//!
//! A tracepoint for each call costs more when it fires, and some 30 ms each to take down again,
//! one after the other. The programs that want calls lie in tables by the call's number; a tail
//! call finds them or comes back at once. Two tables, for calls two programs want.
use crate::kernel::offsets as at;
use crate::kernel::typed::Typed;
use aya_ebpf::bindings::pt_regs;
use aya_ebpf::btf_maps::ProgramArray;
use aya_ebpf::macros::{btf_map, btf_tracepoint};
use aya_ebpf::programs::BtfTracePointContext;

/// Programs at the exits of calls, by number.
#[btf_map]
static CALL_EXITS: ProgramArray<512> = ProgramArray::new();
/// Further programs at the exits of calls.
#[btf_map]
static CALL_EXITS_MORE: ProgramArray<512> = ProgramArray::new();
/// Programs at the entries of calls.
#[btf_map]
static CALL_ENTRIES: ProgramArray<512> = ProgramArray::new();

/// Exits of calls.
#[btf_tracepoint(function = "sys_exit")]
fn call_exit(context: BtfTracePointContext) -> i32 {
    hand_on(&context, &CALL_EXITS);
    0
}

/// Exits of calls, for the second program.
#[btf_tracepoint(function = "sys_exit")]
fn call_exit_more(context: BtfTracePointContext) -> i32 {
    hand_on(&context, &CALL_EXITS_MORE);
    0
}

/// Entries of calls.
#[btf_tracepoint(function = "sys_enter")]
fn call_enter(context: BtfTracePointContext) -> i32 {
    hand_on(&context, &CALL_ENTRIES);
    0
}

#[inline(always)]
fn hand_on(context: &BtfTracePointContext, programs: &ProgramArray<512>) {
    if is_compat() {
        return;
    }
    let regs: *const pt_regs = context.arg(0);
    // SAFETY: the hook's argument; the verifier checks the load.
    let number = unsafe { (*regs).orig_rax };
    // SAFETY: nothing is left to do here, and every program in the table takes this context.
    unsafe { programs.tail_call(context, number as u32) };
}

/// A 32-bit call has other numbers.
#[inline(always)]
fn is_compat() -> bool {
    const TS_COMPAT: u32 = 2;
    at::present(&at::TASK_CALL_STATUS)
        && Typed::current().number::<u32>(&at::TASK_CALL_STATUS) & TS_COMPAT != 0
}
