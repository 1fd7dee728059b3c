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
use crate::probe::{dirty, process_write, write};
use aya_ebpf::macros::{fentry, tracepoint};
use aya_ebpf::programs::{FEntryContext, TracePointContext};
use common::loss::Loss;
use common::names::EventFlags;
use common::value::BootTime;
use common::wire::{Create, Write};

const O_ACCMODE: u64 = 3;
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
    if mode & FMODE_WRITE == 0 {
        return 0;
    }
    // overlayfs opens the file below for itself
    if mode & FMODE_BACKING != 0 || file.path().dentry.inode() != file.inode() {
        return 0;
    }
    let truncates = u64::from(file.flags()) & O_TRUNC != 0 && file.inode().size() != 0;
    opened(file, truncates, true);
    0
}

/// `open` ended.
#[tracepoint]
pub fn create_open(context: TracePointContext) -> u32 {
    ended(&context, Call::current().second())
}

/// `openat` ended.
#[tracepoint]
pub fn create_openat(context: TracePointContext) -> u32 {
    ended(&context, Call::current().third())
}

/// `openat2` ended; its flags are the first word of a structure.
#[tracepoint]
pub fn create_openat2(context: TracePointContext) -> u32 {
    ended(&context, user(Call::current().third()))
}

/// `creat` ended.
#[tracepoint]
pub fn create_creat(context: TracePointContext) -> u32 {
    ended(&context, O_WRONLY | O_TRUNC)
}

#[inline(always)]
fn ended(context: &TracePointContext, flags: u64) -> u32 {
    let descriptor = args::result(context);
    if flags & O_ACCMODE == 0 || descriptor < 0 {
        return 0;
    }
    let file = File::of_descriptor(Task::current(), descriptor);
    if file.mode() & FMODE_WRITE != 0 {
        opened(file, flags & O_TRUNC != 0, false);
    }
    0
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
    let nameless = if file.flags() & O_TMPFILE != 0 { NAMELESS } else { 0 };
    if !tracked::follow(file, now, nameless) {
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
