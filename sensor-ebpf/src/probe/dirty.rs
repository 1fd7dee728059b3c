// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! First changes through a followed open. On write paths nothing else is done than this mark.
//!
//! Hook: fentry/security_file_permission(file, mask)
//! Hook: fentry/security_file_truncate(file) since 6.2
//! Hook: tp/syscalls/sys_exit_write
//! Hook: tp/syscalls/sys_exit_pwrite64
//! Hook: tp/syscalls/sys_exit_writev
//! Hook: tp/syscalls/sys_exit_pwritev
//! Hook: tp/syscalls/sys_exit_pwritev2
//! Hook: tp/syscalls/sys_exit_sendfile64
//! Hook: tp/syscalls/sys_exit_splice
//! Hook: tp/syscalls/sys_exit_copy_file_range
//! Hook: tp/syscalls/sys_exit_fallocate
//! Hook: tp/syscalls/sys_exit_ftruncate
//! Hook: tp_btf/io_uring_submit_req(req) since 6.4
//! Why:   times alone lie: two changes within one clock tick leave one time, and two holders of a
//!        file both see the other's change.
//! Blind: the tracepoint tier: io_uring (counted as lost), 32-bit calls, writes inside the kernel;
//!        the trampoline tier marks attempts, and drops those after which size and times are as
//!        before.
//! Cost:  see `tarsier status`.
use crate::emit::{emit_with_tail, missed, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::tracked::{self, Entry, UNSEEN};
use crate::kernel::{File, Request, Task, clock};
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};
use common::loss::Loss;
use common::names::EventFlags;
use common::value::BootTime;
use common::wire::{Create, Dirty, PathOp, Write};

const MAY_WRITE: u64 = 2;
const FMODE_WRITE: u32 = 2;
const O_CREAT: u64 = 0o100;
const O_TRUNC: u64 = 0o1000;
const OP_WRITEV: u8 = 2;
const OP_WRITE_FIXED: u8 = 5;
const OP_FALLOCATE: u8 = 17;
const OP_OPENAT: u8 = 18;
const OP_WRITE: u8 = 23;
const OP_OPENAT2: u8 = 28;
const OP_SPLICE: u8 = 30;
const OP_RENAMEAT: u8 = 35;
const OP_LINKAT: u8 = 39;
const OP_FSETXATTR: u8 = 41;
const OP_SETXATTR: u8 = 42;
const OP_FTRUNCATE: u8 = 55;
/// The recorder remembers a path for longer than this.
const ANNOUNCED_FOR_NS: u64 = 2_000_000_000;

/// A write is about to be made, by whatever way.
#[fentry(function = "security_file_permission")]
pub fn dirty_permission(context: FEntryContext) -> i32 {
    let mask: u64 = context.arg(1);
    if mask & MAY_WRITE != 0
        && let Some(entry) = Entry::of_this(File::argument(&context, 0))
    {
        entry.change(true);
    }
    0
}

/// A size is about to be set through an open file.
#[fentry(function = "security_file_truncate")]
pub fn dirty_truncate(context: FEntryContext) -> i32 {
    if let Some(entry) = Entry::of_this(File::argument(&context, 0)) {
        entry.change(true);
    }
    0
}

/// Bytes were written to the first argument.
#[btf_tracepoint(function = "sys_exit")]
pub fn dirty_write(context: BtfTracePointContext) -> u32 {
    if args::result(&context) > 0 {
        changed(Call::current().first());
    }
    0
}

/// Bytes were moved into the third argument.
#[btf_tracepoint(function = "sys_exit")]
pub fn dirty_copy(context: BtfTracePointContext) -> u32 {
    if args::result(&context) > 0 {
        changed(Call::current().third());
    }
    0
}

/// The size or the blocks of the first argument were changed.
#[btf_tracepoint(function = "sys_exit")]
pub fn dirty_size(context: BtfTracePointContext) -> u32 {
    if args::result(&context) == 0 {
        changed(Call::current().first());
    }
    0
}

/// A request of io_uring was made: this tier cannot see how it ends, so it is counted as lost.
#[btf_tracepoint(function = "io_uring_submit_req")]
pub fn dirty_io_uring(context: BtfTracePointContext) -> i32 {
    let request = Request::argument(&context, 0);
    match request.opcode() {
        OP_WRITEV | OP_WRITE_FIXED | OP_FALLOCATE | OP_WRITE | OP_SPLICE | OP_FTRUNCATE => {
            written_unseen(request);
        }
        OP_OPENAT | OP_OPENAT2 => {
            if request.open_flags() & (O_CREAT | O_TRUNC) != 0 && wanted::<Create>() {
                missed::<Create>(Loss::IO_URING);
            }
        }
        OP_RENAMEAT..=OP_LINKAT | OP_FSETXATTR | OP_SETXATTR => {
            if wanted::<PathOp>() {
                missed::<PathOp>(Loss::IO_URING);
            }
        }
        _ => {}
    }
    0
}

/// Once for each open that is known, every time for one that is not.
#[inline(always)]
fn written_unseen(request: Request) {
    if let Some(file) = request.file() {
        if file.mode() & FMODE_WRITE == 0 || !tracked::is_regular(file.inode()) {
            return;
        }
        if let Some(entry) = Entry::of_this(file) {
            if entry.bits() & UNSEEN != 0 {
                return;
            }
            entry.set_bits(entry.bits() | UNSEEN);
        }
    }
    if wanted::<Write>() {
        missed::<Write>(Loss::IO_URING);
    }
}

#[inline(always)]
fn changed(descriptor: u64) {
    let file = File::of_descriptor(Task::current(), descriptor as i32 as i64);
    if let Some(entry) = Entry::of_this(file)
        && entry.change(false)
    {
        announce(file, entry);
    }
}

/// Tells where the file is, unless that was told a moment ago.
#[inline(always)]
pub fn announce(file: File, entry: Entry) {
    let now = clock::boot_ns();
    if now.wrapping_sub(entry.announced()) < ANNOUNCED_FOR_NS {
        return;
    }
    entry.set_announced(now);
    emit_with_tail::<Dirty>(EventFlags(0), |draft| {
        draft.body().file = file.address();
        draft.body().opened = BootTime(entry.opened());
        let path = draft.path_below(file.path(), entry.root());
        draft.body().path = path;
        Some(())
    });
}
