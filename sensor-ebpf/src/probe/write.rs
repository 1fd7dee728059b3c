// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changed content, told at the last close of an open, or within a second while it stays open.
//!
//! Hook: fentry/security_file_release(file) since 6.9
//! Hook: fentry/locks_remove_file(filp)
//! Hook: fentry/security_mmap_file(file, prot, flags)
//! Hook: tp/syscalls/sys_enter_close
//! Hook: tp/syscalls/sys_enter_dup2
//! Hook: tp/syscalls/sys_enter_dup3
//! Hook: tp/syscalls/sys_exit_mmap
//! Why:   one event for each open through which content changed, however often it was written.
//!        Every final release passes the first (before 6.9 the second) while the path is still
//!        there; a tracepoint sees only a `close` that drops the last reference. The sweep is a
//!        raw tracepoint program the recorder runs itself.
//! Blind: the tracepoint tier does not see exec, exit, close_range and sockets drop a file:
//!        the sweep finds it gone, without the closer; mprotect that makes a shared mapping
//!        writable.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_with_tail, switched_on, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::path::Path;
use crate::kernel::ring;
use crate::kernel::tracked::{self, ATTEMPTED, Entry, NAMELESS, TRUNCATED, Tracked};
use crate::kernel::{File, Inode, Task, clock};
use aya_ebpf::macros::{btf_tracepoint, fentry, raw_tracepoint};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext, RawTracePointContext};
use common::limits::{STILL_OPEN_NS, SWEEP_EVERY_NS};
use common::names::EventFlags;
use common::value::{BootTime, Device, Time};
use common::wire::Write;
use core::ffi::c_void;

/// Clock ticks are at most 10 ms; a change within this of the last one may leave no trace.
const TICK_NS: u64 = 20_000_000;
const PROT_WRITE: u64 = 2;
const MAP_TYPE: u64 = 0xf;
const MAP_SHARED: u64 = 1;
const MAP_SHARED_VALIDATE: u64 = 3;
/// A sweep goes on for this long after the last change.
const SWEEP_AFTER_NS: u64 = 3 * STILL_OPEN_NS;
/// Opens after which the dead ones are cleared away although nothing changed.
const SWEEP_OPENS: u64 = 4096;

/// The last reference is dropped; the path is still there. (Before 6.9: `locks_remove_file`.)
#[fentry(function = "security_file_release")]
pub fn write_release(context: FEntryContext) -> i32 {
    ended(File::argument(&context, 0), |_| true);
    0
}

/// A descriptor is about to be closed.
#[btf_tracepoint(function = "sys_enter")]
pub fn write_close(_: BtfTracePointContext) -> u32 {
    let descriptor = i64::from(Call::current().first() as i32);
    let file = File::of_descriptor(Task::current(), descriptor);
    ended(file, |file| file.references() == 1);
    0
}

/// A descriptor is about to be replaced by another: how shells end their redirections.
#[btf_tracepoint(function = "sys_enter")]
pub fn write_dup(_: BtfTracePointContext) -> u32 {
    let call = Call::current();
    let (from, to) = (i64::from(call.first() as i32), i64::from(call.second() as i32));
    let task = Task::current();
    // a call that fails closes nothing
    if from != to && !File::of_descriptor(task, from).is_null() {
        ended(File::of_descriptor(task, to), |file| file.references() == 1);
    }
    0
}

/// Tells what was changed through an open that ends, and stops following it.
#[inline(always)]
fn ended(file: File, last: impl FnOnce(File) -> bool) {
    let Some(entry) = Entry::of(file) else { return };
    let ours = entry.is_of(file);
    if ours && !last(file) {
        return;
    }
    if entry.first_change() != 0 && wanted::<Write>() {
        if !ours {
            end_unseen(file, entry);
        } else if really_changed(entry, file.inode()) {
            tell(file, entry, EventFlags(0), Some((file.inode(), file.path())));
        }
    }
    tracked::forget(file);
}

/// The address is another open's by now: this one ended without anybody seeing it.
#[inline(always)]
pub fn end_unseen(file: File, entry: Entry) {
    if entry.first_change() != 0 {
        tell(file, entry, EventFlags::SWEPT, None);
    }
}

/// Whether an attempt to write left its trace: a change stamps the inode with the tick's time,
/// and nobody can set that stamp back.
#[inline(always)]
fn really_changed(entry: Entry, inode: Inode) -> bool {
    if entry.bits() & ATTEMPTED == 0 || !inode.stamps_changes() {
        return true;
    }
    let Some(knobs) = ring::knobs() else { return true };
    let attempted = entry.first_change().wrapping_add(knobs.wall_offset_ns);
    let what = inode.identity();
    what.size != entry.size()
        || what.ctime.0 != entry.ctime()
        || attempted < entry.ctime().wrapping_add(TICK_NS)
}

/// Tells a change and forgets it. Of a file that is gone, what its inode and its directory entry
/// still say, if they are still there.
#[inline(always)]
fn tell(file: File, entry: Entry, flags: EventFlags, alive: Option<(Inode, Path)>) {
    let (inode, path) = match alive {
        Some((inode, path)) => (Some(inode), Some(path)),
        None => (entry.inode_if_alive(), entry.path_if_alive()),
    };
    emit_with_tail::<Write>(flags, |draft| {
        describe(draft, file, entry);
        if entry.bits() & TRUNCATED != 0 {
            draft.add(EventFlags::TRUNCATED_AT_OPEN);
        }
        let body = draft.body();
        body.writer = entry.writer();
        body.writer_tid = entry.writer_tid();
        body.first_change = BootTime(entry.first_change());
        // what is written from here on is another change; the state read below has this one
        entry.told();
        state(draft, entry, inode);
        if let Some(path) = path {
            let path = draft.path_below(path, entry.root());
            draft.body().path = path;
        }
        Some(())
    });
}

#[inline(always)]
fn describe(draft: &mut Draft<Write>, file: File, entry: Entry) {
    if entry.bits() & NAMELESS != 0 {
        draft.add(EventFlags::TMPFILE);
    }
    let body = draft.body();
    body.file = file.address();
    body.opened = BootTime(entry.opened());
    body.opener = entry.opener();
    body.inode = entry.number();
    body.device = Device(entry.device());
}

#[inline(always)]
fn state(draft: &mut Draft<Write>, entry: Entry, inode: Option<Inode>) {
    let Some(inode) = inode else { return };
    if inode.links() == 0 {
        draft.add(EventFlags::DELETED);
        if draft.has(EventFlags::SWEPT) {
            // the last name and the last reference are gone: what is left of it means nothing
            return;
        }
    }
    let what = inode.identity();
    draft.body().size = what.size;
    draft.body().mtime = Time(what.mtime.0);
    entry.set_size(what.size);
    entry.set_ctime(what.ctime.0);
}

/// A file was mapped.
#[btf_tracepoint(function = "sys_exit")]
pub fn write_map(context: BtfTracePointContext) -> u32 {
    const LAST_ERRNO: i64 = -4096;
    let result = args::result(&context);
    if result < 0 && result > LAST_ERRNO {
        return 0;
    }
    let call = Call::current();
    if shared_for_writing(call.third(), call.fourth()) {
        mapped(File::of_descriptor(Task::current(), i64::from(call.fifth() as i32)));
    }
    0
}

/// A file is about to be mapped.
#[fentry(function = "security_mmap_file")]
pub fn write_map_attempt(context: FEntryContext) -> i32 {
    if shared_for_writing(context.arg(1), context.arg(2)) {
        mapped(File::argument(&context, 0));
    }
    0
}

#[inline(always)]
fn shared_for_writing(protection: u64, flags: u64) -> bool {
    let kind = flags & MAP_TYPE;
    protection & PROT_WRITE != 0 && (kind == MAP_SHARED || kind == MAP_SHARED_VALIDATE)
}

/// Changes through a mapping leave no call behind: the mapping itself is told, as a `maybe`.
#[inline(always)]
fn mapped(file: File) {
    let Some(entry) = Entry::of_this(file) else { return };
    if !wanted::<Write>() || !tracked::first_mapping(file, entry) {
        return;
    }
    emit_with_tail::<Write>(EventFlags::MAYBE, |draft| {
        describe(draft, file, entry);
        let what = file.inode().identity();
        let writer = Task::current().key();
        let body = draft.body();
        body.writer = writer;
        body.writer_tid = clock::current_ids() as u32;
        body.first_change = BootTime(clock::boot_ns());
        body.size = what.size;
        body.mtime = what.mtime;
        let path = draft.path_below(file.path(), entry.root());
        draft.body().path = path;
        Some(())
    });
}

/// Looks at every followed open; run by the recorder a few times a second.
#[raw_tracepoint]
pub fn write_sweep(_: RawTracePointContext) -> i32 {
    if tracked::sweep_is_due(SWEEP_AFTER_NS, SWEEP_OPENS) {
        tracked::each(sweep_one);
    }
    0
}

extern "C" fn sweep_one(
    _: *mut c_void,
    key: *const u64,
    value: *mut Tracked,
    _: *mut c_void,
) -> i64 {
    let (file, entry) = tracked::visited(key, value);
    let first = entry.first_change();
    if !entry.is_of(file) || file.references() <= 0 {
        if first != 0 {
            tell(file, entry, EventFlags::SWEPT, None);
        }
        tracked::forget(file);
        return 0;
    }
    let late = STILL_OPEN_NS - 2 * SWEEP_EVERY_NS;
    // switched off, or the recorder stops: nobody will ask again
    let is_last = !switched_on::<Write>();
    let is_late = clock::boot_ns().wrapping_sub(first) >= late;
    if first != 0 && (is_late || is_last) && really_changed(entry, file.inode()) {
        entry.set_announced(clock::boot_ns());
        tell(file, entry, EventFlags::STILL_OPEN, Some((file.inode(), file.path())));
    }
    if is_last {
        tracked::forget(file);
    }
    0
}
