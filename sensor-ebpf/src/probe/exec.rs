// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Program starts, and starts that failed.
//!
//! Hook: tp_btf/sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
//! Hook: tp/syscalls/sys_exit_execve
//! Hook: tp/syscalls/sys_exit_execveat
//! Why:   the first runs once per success, after the new image is in place and before it runs;
//!        its argument pages were just written. It never runs for a failure.
//! Blind: failures with ENOENT or ENOTDIR (every shell's search through PATH), failures of 32-bit
//!        calls, and argument pages of a failed call that are not in memory.
//! Cost:  1.1 us an exec (6.18, two virtual CPUs, argv of 10 bytes); 0.1 us a failure left out.
use crate::emit::{Draft, emit_with_tail, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::{Binprm, File, Task};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::EventFlags;
use common::value::Errno;
use common::wire::{Exec, OnWire};

/// A memfd lives on a tmpfs nobody can reach by name.
const TMPFS_MAGIC: u64 = 0x0102_1994;
const MEMFD_NAME: [u8; 6] = *b"memfd:";

/// A new image is in place.
#[btf_tracepoint(function = "sched_process_exec")]
pub fn exec(context: BtfTracePointContext) -> i32 {
    if !wanted::<Exec>() {
        return 0;
    }
    let task = Task::argument(&context, 0);
    let program = Binprm::argument(&context, 2);
    emit_with_tail::<Exec>(EventFlags(0), |draft| {
        describe(draft, task, program.file());
        draft.body().result = Errno(0);
        draft.body().args_count = program.args_count();
        if program.interpreted() {
            draft.add(EventFlags::SCRIPT);
        }
        let asked = draft.kernel_text(program.asked());
        draft.body().asked = asked;
        let (start, len) = task.mm().args();
        let args = draft.user_list(start, without_last_nul(len));
        draft.body().args = args;
        draft.body().args_bytes = len as u32;
        interpreter(draft, task);
        Some(())
    });
    0
}

/// Records that describe a program and its process.
pub trait Program: OnWire {
    /// The description.
    fn program(&mut self) -> &mut Exec;
}

impl Program for Exec {
    #[inline(always)]
    fn program(&mut self) -> &mut Exec {
        self
    }
}

/// What an exec and the inventory say alike: program, identity, directory, capabilities.
#[inline(always)]
pub fn describe<B: Program>(draft: &mut Draft<B>, task: Task, file: File) {
    let what = file.inode().identity();
    let body = draft.body().program();
    body.inode = what.inode;
    body.size = what.size;
    body.mtime = what.mtime;
    body.ctime = what.ctime;
    body.device = what.device;
    body.mode = what.mode;
    body.capabilities = task.cred().effective();
    let executable = draft.path_of(file.path(), task);
    draft.body().program().executable = executable;
    if is_memfd(file) {
        draft.clear(EventFlags::UNREACHABLE);
        draft.add(EventFlags::MEMFD);
    }
    if file.inode().links() == 0 {
        draft.add(EventFlags::DELETED);
    }
    let found = draft.flags();
    let cwd = draft.path_of(task.cwd(), task);
    draft.body().program().cwd = cwd;
    // what is unusual about the directory is not said of the program
    draft.set_flags(found);
}

/// Arguments are separated by NULs; the kernel ends the last with one as well.
#[inline(always)]
pub fn without_last_nul(len: u64) -> u64 {
    if len > 0 { len - 1 } else { 0 }
}

#[inline(always)]
fn is_memfd(file: File) -> bool {
    let [a, b, c, d, e, f, _, _] = file.path().dentry.name_start();
    file.inode().magic() == TMPFS_MAGIC && [a, b, c, d, e, f] == MEMFD_NAME
}

#[inline(always)]
fn interpreter(draft: &mut Draft<Exec>, task: Task) {
    let file = task.mm().interpreter_of_current();
    if file.is_null() {
        return;
    }
    let inode = file.inode();
    draft.body().interpreter_inode = inode.number();
    draft.body().interpreter_device = inode.device();
    let found = draft.flags();
    let path = draft.path_of(file.path(), task);
    draft.body().interpreter = path;
    draft.set_flags(found);
}

/// A start that failed, by name.
#[btf_tracepoint(function = "sys_exit")]
pub fn exec_failed(context: BtfTracePointContext) -> u32 {
    let call = Call::current();
    failed(args::result(&context), call.first(), call.second());
    0
}

/// A start that failed, by descriptor and name.
#[btf_tracepoint(function = "sys_exit")]
pub fn exec_failed_at(context: BtfTracePointContext) -> u32 {
    let call = Call::current();
    failed(args::result(&context), call.second(), call.third());
    0
}

#[inline(always)]
fn failed(result: i64, name: u64, list: u64) {
    const ENOENT: i64 = -2;
    const ENOTDIR: i64 = -20;
    if result >= 0 || result == ENOENT || result == ENOTDIR || !wanted::<Exec>() {
        return;
    }
    emit_with_tail::<Exec>(EventFlags(0), |draft| {
        draft.body().result = Errno(args::errno(result));
        let asked = draft.user_text(name);
        draft.body().asked = asked;
        let cwd = draft.path(Task::current().cwd());
        draft.body().cwd = cwd;
        let (args, count) = draft.user_strings(list);
        draft.body().args = args;
        draft.body().args_count = count;
        Some(())
    });
}
