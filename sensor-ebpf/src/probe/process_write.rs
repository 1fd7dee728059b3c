// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process writes into another's memory.
//!
//! Hook: tp/syscalls/sys_exit_process_vm_writev
//! Why:   a write to /proc/PID/mem could only be told at the hooks every read and write passes,
//!        which is too dear; opening it for writing has no other use, so that is reported, by
//!        the programs that see files opened for writing.
//! Blind: whether something was written through /proc/PID/mem, and when; 32-bit calls.
//! Cost:  2.4 us a call; a few comparisons for an open for writing.
use crate::emit::{emit_fixed, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::{File, Pid, Task};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, WriteMethod};
use common::value::Errno;
use common::wire::ProcessWrite;

const FMODE_WRITE: u32 = 2;
const PROC_MAGIC: u64 = 0x9fa0;
const MEMORY_NAME: [u8; 4] = *b"mem\0";

/// Something was written, or refused.
#[btf_tracepoint(function = "sys_exit")]
pub fn process_write(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if result > 0 || args::refused(result) {
        let target = Task::numbered(Call::current().first() as u32);
        report(target, WriteMethod::PROCESS_VM_WRITEV, args::errno(result));
    }
    0
}

/// A file was opened; reports it when it is another process's memory, opened for writing.
#[inline(always)]
pub fn opened(file: File) {
    if file.mode() & FMODE_WRITE == 0 || file.inode().magic() != PROC_MAGIC {
        return;
    }
    let [a, b, c, d, ..] = file.path().dentry.name_start();
    if [a, b, c, d] == MEMORY_NAME {
        report(Pid::of_proc_file(file).task(), WriteMethod::PROC_MEM, 0);
    }
}

/// A process that writes its own memory that way is no business of ours.
#[inline(always)]
fn report(target: Task, method: WriteMethod, errno: i32) {
    if target.tgid() == Task::current().tgid() || !wanted::<ProcessWrite>() {
        return;
    }
    emit_fixed::<ProcessWrite>(EventFlags(0), |_, body| {
        if !target.is_null() {
            body.target = target.key();
        }
        body.method = method;
        body.result = Errno(errno);
        Some(())
    });
}
