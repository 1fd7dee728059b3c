// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Opens for writing of regular files: followed from here, told when they made the file.
//!
//! Hook: fentry/security_file_open(file)
//! Hook: tp/syscalls/sys_exit_open
//! Hook: tp/syscalls/sys_exit_openat
//! Hook: tp/syscalls/sys_exit_openat2
//! Hook: tp/syscalls/sys_exit_creat
//! Why:   once per open, with the file in hand; `FMODE_CREATED` says who really made it. The
//!        tracepoints stand in where the first is refused.
//! Blind: the tracepoint tier: opens through io_uring and 32-bit calls, files opened by the
//!        kernel for others (nfsd), and whether a file was empty before `O_TRUNC`.
//! Cost:  see `tarsier status`.
use crate::emit::{emit_with_tail, missed, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::read::user;
use crate::kernel::tracked::{self, Entry, NAMELESS, TRUNCATED};
use crate::kernel::{File, Task, clock};
use crate::probe::{dirty, path_op, process_write, write};
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};
use common::loss::Loss;
use common::names::{EventFlags, FileOperation};
use common::value::{BootTime, Errno, Mode};
use common::wire::{Create, PathOp, Write};

const O_ACCMODE: u64 = 3;
const O_CREAT: u64 = 0o100;
const O_TRUNC: u64 = 0o1000;
const O_WRONLY: u64 = 1;
/// `__O_TMPFILE` alone: the other bit of `O_TMPFILE` is `O_DIRECTORY`.
const O_TMPFILE: u32 = 0o20_000_000;
const FMODE_WRITE: u32 = 0x2;
const FMODE_CREATED: u32 = 0x10_0000;
const FMODE_BACKING: u32 = 0x200_0000;

/// An open is about to succeed.
#[fentry(function = "security_file_open")]
pub fn create_file_open(context: FEntryContext) -> i32 {
    let file = File::argument(&context, 0);
    let mode = file.mode();
    if mode & (FMODE_WRITE | FMODE_CREATED) == 0 {
        return 0;
    }
    // overlayfs opens the file below for itself, and copies it up through a mount of its own
    let path = file.path();
    if mode & FMODE_BACKING != 0 || path.dentry.inode() != file.inode() || path.mount.is_internal()
    {
        return 0;
    }
    let truncates = u64::from(file.flags()) & O_TRUNC != 0 && file.inode().size() != 0;
    opened(file, truncates, true);
    0
}

/// `open`, `openat`, `openat2` or `creat` ended.
#[btf_tracepoint(function = "sys_exit")]
pub fn create_open(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    let asked = asked(Call::current());
    if asked.flags & O_ACCMODE == 0 && asked.flags & O_CREAT == 0 {
        return 0;
    }
    if result < 0 {
        if args::refused(result) {
            refused(result, asked);
        }
        return 0;
    }
    let file = File::of_descriptor(Task::current(), result);
    if file.mode() & (FMODE_WRITE | FMODE_CREATED) != 0 {
        opened(file, asked.flags & O_TRUNC != 0, false);
    }
    0
}

/// The same for the trampoline tier, which asks only whether it was refused.
#[btf_tracepoint(function = "sys_exit")]
pub fn create_refused(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if args::refused(result) {
        refused(result, asked(Call::current()));
    }
    0
}

const OPEN: u64 = 2;
const CREAT: u64 = 85;
const OPENAT: u64 = 257;

/// What an open asks for.
struct Asked {
    call: Call,
    /// Which argument is the directory's descriptor; 0 for none.
    directory: u8,
    path: u64,
    flags: u64,
    mode: u64,
}

#[inline(always)]
fn asked(call: Call) -> Asked {
    let (first, second, third) = (call.first(), call.second(), call.third());
    match call.number() {
        OPENAT => Asked { call, directory: 1, path: second, flags: third, mode: call.fourth() },
        OPEN => Asked { call, directory: 0, path: first, flags: second, mode: third },
        CREAT => {
            let flags = O_WRONLY | O_TRUNC | O_CREAT;
            Asked { call, directory: 0, path: first, flags, mode: second }
        }
        // openat2: flags and mode are the first words of a structure
        _ => {
            let (flags, mode) = (user(third), user(third.wrapping_add(8)));
            Asked { call, directory: 1, path: second, flags, mode }
        }
    }
}

/// Somebody may not make a file here, or not open the one there is for writing: the call does
/// not say which.
#[inline(always)]
fn refused(result: i64, open: Asked) {
    if open.flags & O_CREAT == 0 || !wanted::<PathOp>() {
        return;
    }
    emit_with_tail::<PathOp>(EventFlags::AS_ASKED, |draft| {
        draft.add(EventFlags::OBJECT_UNKNOWN);
        let body = draft.body();
        body.operation = FileOperation::CREATE;
        body.result = Errno(args::errno(result));
        body.mode = Mode(open.mode as u32 & path_op::PERMISSIONS);
        let flags_before = draft.flags();
        let (directory, path) = path_op::asked(draft, open.call, open.directory, open.path);
        draft.body().directory = directory;
        draft.body().path = path;
        draft.set_flags(flags_before);
        Some(())
    });
}

/// Follows the open; `trampoline` says that its end will be seen too.
#[inline(always)]
fn opened(file: File, truncates: bool, trampoline: bool) {
    process_write::opened(file);
    if !tracked::is_regular(file.inode()) || !wanted::<Create>() {
        return;
    }
    if let Some(older) = Entry::of(file) {
        write::end_unseen(file, older);
    }
    let made = file.mode() & FMODE_CREATED != 0;
    let now = clock::boot_ns();
    let writable = file.mode() & FMODE_WRITE != 0;
    let nameless = if file.flags() & O_TMPFILE != 0 { NAMELESS } else { 0 };
    if writable && !tracked::follow(file, now, nameless) {
        missed::<Write>(Loss::TABLE_FULL);
    }
    if made {
        tell(file, now);
        if let Some(entry) = Entry::of(file) {
            entry.set_announced(now);
        }
    } else if truncates && let Some(entry) = Entry::of(file) {
        entry.set_bits(entry.bits() | TRUNCATED);
        entry.change(trampoline);
        if !trampoline {
            dirty::announce(file, entry);
        }
    }
}

#[inline(always)]
fn tell(file: File, now: u64) {
    emit_with_tail::<Create>(EventFlags(0), |draft| {
        let inode = file.inode();
        let body = draft.body();
        body.file = file.address();
        body.opened = BootTime(now);
        body.inode = inode.number();
        body.device = inode.device();
        body.mode = inode.mode();
        let path = draft.path(file.path());
        draft.body().path = path;
        Some(())
    });
}
