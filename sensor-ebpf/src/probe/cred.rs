// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changes of user, group or capabilities, other than by exec.
//!
//! Hook: fentry/commit_creds(struct cred *new)
//! Hook: tp/syscalls/sys_enter_setuid
//! Hook: tp/syscalls/sys_exit_setuid
//! Hook: tp/syscalls/sys_enter_capset
//! Hook: tp/syscalls/sys_exit_capset
//! Why:   every change of credentials passes commit_creds, from whichever call; refusals are seen
//!        at the exits of the calls (the set*id family, setgroups, capset). Without trampolines
//!        what the thread had is noted at the entry of those calls and compared at their exit.
//! Blind: exec is left out (its contexts tell); on the tracepoint tier also prctl, 32-bit calls
//!        and capabilities that come with a new user namespace.
//! Cost:  2 us (6.18, two virtual CPUs).
use crate::emit::{emit_fixed, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::cred::Snapshot;
use crate::kernel::{Cred, Task, clock};
use crate::maps::CREDENTIALS;
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};
use common::names::{EventFlags, Via};
use common::value::Errno;
use common::wire;

const PF_KTHREAD: u32 = 0x0020_0000;

/// New credentials are about to take the place of the old.
#[fentry(function = "commit_creds")]
pub fn cred_commit(context: FEntryContext) -> i32 {
    let task = Task::current();
    if !wanted::<wire::Cred>() || task.flags() & PF_KTHREAD != 0 {
        return 0;
    }
    let via = via(Call::current().number());
    if via == Via::EXEC {
        return 0;
    }
    let old = Snapshot::of(task.cred());
    let new = Snapshot::of(Cred::argument(&context, 0));
    if old != new {
        report(&old, &new, via, 0, EventFlags::TRAMPOLINE);
    }
    0
}

/// A call that may change credentials was refused; changes are seen by [`cred_commit`].
#[btf_tracepoint(function = "sys_exit")]
pub fn cred_refused(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if args::refused(result) && wanted::<wire::Cred>() {
        refused(result);
    }
    0
}

/// Keeps what the thread has before the call.
#[btf_tracepoint(function = "sys_enter")]
pub fn cred_enter(_: BtfTracePointContext) -> u32 {
    if wanted::<wire::Cred>() {
        let before = Snapshot::of(Task::current().cred());
        // a full table drops its oldest entry, which belongs to a call long over
        CREDENTIALS.insert(clock::current_ids(), before, 0).unwrap_or(());
    }
    0
}

/// Compares with what the thread has after it.
#[btf_tracepoint(function = "sys_exit")]
pub fn cred_exit(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if !wanted::<wire::Cred>() {
        return 0;
    }
    if args::refused(result) {
        refused(result);
    }
    let thread = clock::current_ids();
    let Some(old) = Snapshot::kept(thread) else { return 0 };
    let new = Snapshot::of(Task::current().cred());
    if old != new {
        report(&old, &new, via(Call::current().number()), 0, EventFlags(0));
    }
    CREDENTIALS.remove(thread).unwrap_or(());
    0
}

#[inline(always)]
fn refused(result: i64) {
    let now = Snapshot::of(Task::current().cred());
    let via = via(Call::current().number());
    report(&now, &now, via, args::errno(result), EventFlags(0));
}

#[inline(always)]
fn report(old: &Snapshot, new: &Snapshot, via: Via, errno: i32, flags: EventFlags) {
    emit_fixed::<wire::Cred>(flags, |header, body| {
        header.uid = old.uid;
        header.euid = old.euid;
        header.gid = old.gid;
        body.capabilities_old = old.effective;
        body.capabilities = new.effective;
        body.permitted_old = old.permitted;
        body.permitted = new.permitted;
        body.uid_old = old.uid;
        body.uid = new.uid;
        body.euid_old = old.euid;
        body.euid = new.euid;
        body.gid_old = old.gid;
        body.gid = new.gid;
        body.egid_old = old.egid;
        body.egid = new.egid;
        body.via = via;
        body.result = Errno(errno);
        Some(())
    });
}

/// The system call that changes credentials, by its x86-64 number.
#[inline(always)]
fn via(number: u64) -> Via {
    match number {
        105 => Via::SETUID,
        106 => Via::SETGID,
        113 => Via::SETREUID,
        114 => Via::SETREGID,
        116 => Via::SETGROUPS,
        117 => Via::SETRESUID,
        119 => Via::SETRESGID,
        122 => Via::SETFSUID,
        123 => Via::SETFSGID,
        126 => Via::CAPSET,
        157 => Via::PRCTL,
        272 => Via::UNSHARE,
        308 => Via::SETNS,
        59 | 322 => Via::EXEC,
        _ => Via::OTHER,
    }
}
