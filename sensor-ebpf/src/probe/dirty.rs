// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! First changes through a followed open. On write paths nothing else is done than this mark.
//!
//! Hook:  fentry/security_file_permission(struct file *, int mask) with MAY_WRITE, and
//!        fentry/security_file_truncate(struct file *);
//!        else tracepoints syscalls/sys_exit_write, pwrite64, writev, pwritev, pwritev2,
//!        sendfile64, splice, copy_file_range, fallocate, ftruncate
//! Why:   times alone lie: two changes within one clock tick leave one time, and two holders of a
//!        file both see the other's change.
//! Blind: the tracepoint tier: io_uring (counted as lost), 32-bit calls, writes inside the kernel;
//!        the trampoline tier marks attempts, and drops those after which size and times are as
//!        before.
//! Cost:  see `tarsier status`.
use crate::emit::emit_with_tail;
use crate::kernel::args::{self, Call};
use crate::kernel::tracked::Entry;
use crate::kernel::{File, Task, clock};
use aya_ebpf::macros::{fentry, tracepoint};
use aya_ebpf::programs::{FEntryContext, TracePointContext};
use common::names::EventFlags;
use common::value::BootTime;
use common::wire::Dirty;

const MAY_WRITE: u64 = 2;
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
#[tracepoint]
pub fn dirty_write(context: TracePointContext) -> u32 {
    if args::result(&context) > 0 {
        changed(Call::current().first());
    }
    0
}

/// Bytes were moved into the third argument.
#[tracepoint]
pub fn dirty_copy(context: TracePointContext) -> u32 {
    if args::result(&context) > 0 {
        changed(Call::current().third());
    }
    0
}

/// The size or the blocks of the first argument were changed.
#[tracepoint]
pub fn dirty_size(context: TracePointContext) -> u32 {
    if args::result(&context) == 0 {
        changed(Call::current().first());
    }
    0
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
