// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The only ring writer: header, body, tail, sequence number, and a count of whatever is lost.
//!
//! A probe asks [`wanted`] first, then calls [`emit_fixed`] (no tail: built in the ring itself)
//! or [`emit_with_tail`] (built in a scratch slot, then copied). The closure returns `None` when
//! a kernel object could not be read: the record is then counted as lost, never half emitted.
use crate::kernel::iterator::Item;
use crate::kernel::path::{Path, add_flags};
use crate::kernel::ring::{self, Fixed, Reserved, Slot};
use crate::kernel::{Task, clock, header, scratch, text};
use common::limits::ARGS_BYTES_MAX;
use common::loss::Loss;
use common::names::EventFlags;
use common::sockets::Owner;
use common::value::{Bytes, Text, TextList};
use common::wire::{Header, OnWire};

/// Whether records of this kind are switched on, and the current process is not the recorder.
#[inline(always)]
pub fn wanted<B: OnWire>() -> bool {
    let Some(knobs) = ring::knobs() else { return false };
    switched_on::<B>() && (clock::current_ids() >> 32) as u32 != knobs.own_tgid
}

/// Whether records of this kind are switched on.
#[inline(always)]
pub fn switched_on<B: OnWire>() -> bool {
    match ring::knobs() {
        Some(knobs) => knobs.classes & (1 << B::KIND.class().0) != 0,
        None => false,
    }
}

/// Counts a happening of this kind that cannot be recorded.
#[inline(always)]
pub fn lost<B: OnWire>(cause: Loss) {
    ring::count_lost(B::KIND.class(), cause);
}

/// Counts a happening of this kind that a probe decided to emit and cannot.
#[inline(always)]
pub fn missed<B: OnWire>(cause: Loss) {
    seen::<B>();
    lost_if_primary::<B>(cause);
}

#[inline(always)]
fn seen<B: OnWire>() {
    if B::KIND.primary() {
        ring::count_seen(B::KIND.class());
    }
}

#[inline(always)]
fn lost_if_primary<B: OnWire>(cause: Loss) {
    if B::KIND.primary() {
        lost::<B>(cause);
    }
}

/// Emits a record without a tail about the current process; says whether it is in the ring.
///
/// The header is filled before `fill` runs; `fill` may correct it and sets `header.flags`.
#[inline(always)]
pub fn emit_fixed<B: OnWire>(
    flags: EventFlags,
    fill: impl FnOnce(&mut Header, &mut B) -> Option<()>,
) -> bool {
    fixed(flags, header::fill_current, fill)
}

/// Emits a record without a tail about the owner of a socket, whoever runs now.
#[inline(always)]
pub fn emit_fixed_of<B: OnWire>(
    owner: &Owner,
    flags: EventFlags,
    fill: impl FnOnce(&mut Header, &mut B) -> Option<()>,
) {
    let flags = EventFlags(flags.0 | EventFlags::OWNER_ONLY.0);
    fixed(flags, |header, kind| header::fill_owner(header, kind, owner), fill);
}

#[inline(always)]
fn fixed<B: OnWire>(
    flags: EventFlags,
    head: impl FnOnce(&mut Header, u32),
    fill: impl FnOnce(&mut Header, &mut B) -> Option<()>,
) -> bool {
    seen::<B>();
    let Some(mut reserved) = Reserved::<B>::take() else {
        ring::next_sequence();
        lost_if_primary::<B>(Loss::RING_FULL);
        return false;
    };
    let room = reserved.room();
    head(&mut room.header, B::KIND as u32);
    room.header.flags = flags.0;
    room.header.len = size_of::<Fixed<B>>() as u32;
    room.body = B::ABSENT;
    if fill(&mut room.header, &mut room.body).is_none() {
        reserved.discard();
        lost_if_primary::<B>(Loss::UNREADABLE);
        return false;
    }
    room.header.sequence = ring::next_sequence();
    reserved.submit();
    ring::count_emitted();
    true
}

/// Emits a record with a tail about the current process; says whether it is in the ring.
#[inline(always)]
pub fn emit_with_tail<B: OnWire>(
    flags: EventFlags,
    fill: impl FnOnce(&mut Draft<B>) -> Option<()>,
) -> bool {
    with_tail(flags, header::fill_current, fill)
}

/// Emits a record with a tail about the owner of a socket, whoever runs now.
#[inline(always)]
pub fn emit_with_tail_of<B: OnWire>(
    owner: &Owner,
    flags: EventFlags,
    fill: impl FnOnce(&mut Draft<B>) -> Option<()>,
) {
    let flags = EventFlags(flags.0 | EventFlags::OWNER_ONLY.0);
    with_tail(flags, |header, kind| header::fill_owner(header, kind, owner), fill);
}

#[inline(always)]
fn with_tail<B: OnWire>(
    flags: EventFlags,
    head: impl FnOnce(&mut Header, u32),
    fill: impl FnOnce(&mut Draft<B>) -> Option<()>,
) -> bool {
    seen::<B>();
    let Some(slot) = Slot::<B>::claim() else {
        lost_if_primary::<B>(Loss::SCRATCH_BUSY);
        return false;
    };
    let mut draft = Draft { slot };
    let room = draft.slot.room();
    head(&mut room.header, B::KIND as u32);
    room.body = B::ABSENT;
    draft.add(flags);
    let filled = fill(&mut draft);
    if filled.is_none() {
        draft.slot.release();
        lost_if_primary::<B>(Loss::UNREADABLE);
        return false;
    }
    draft.seal();
    let kept = draft.slot.output();
    if kept {
        ring::count_emitted();
    } else {
        lost_if_primary::<B>(Loss::RING_FULL);
    }
    draft.slot.release();
    kept
}

/// Writes a record about any process into an iterator's file; iterators do not use the ring.
#[inline(always)]
pub fn write_to_iterator<B: OnWire>(
    item: &Item,
    flags: EventFlags,
    fill: impl FnOnce(&mut Draft<B>),
) {
    let Some(slot) = Slot::<B>::claim() else { return };
    let mut draft = Draft { slot };
    let room = draft.slot.room();
    header::fill_other(&mut room.header, B::KIND as u32, item.task());
    room.body = B::ABSENT;
    draft.add(flags);
    fill(&mut draft);
    let (used, flags) = (draft.slot.used(), draft.slot.flags());
    let room = draft.slot.room();
    room.header.len = used as u32;
    room.header.flags = flags;
    room.header.sequence = 0;
    draft.slot.write_to(item.file());
    draft.slot.release();
}

/// A record being built in a scratch slot.
pub struct Draft<B> {
    slot: Slot<B>,
}

#[allow(dead_code, reason = "one set of builders for every probe")]
impl<B: OnWire> Draft<B> {
    /// The header, filled for the current process.
    #[inline(always)]
    pub fn header(&mut self) -> &mut Header {
        &mut self.slot.room().header
    }

    /// The body, all absent to begin with.
    #[inline(always)]
    pub fn body(&mut self) -> &mut B {
        &mut self.slot.room().body
    }

    /// Adds flags to the record.
    #[inline(always)]
    pub fn add(&mut self, flags: EventFlags) {
        add_flags(self.slot.scratch(), flags);
    }

    /// Whether a flag was set so far.
    #[inline(always)]
    pub fn has(&self, flags: EventFlags) -> bool {
        self.slot.flags() & flags.0 != 0
    }

    /// Takes flags back.
    #[inline(always)]
    pub fn clear(&mut self, flags: EventFlags) {
        self.slot.set_flags(self.slot.flags() & !flags.0);
    }

    /// Resolves a path as the current process's root sees it.
    #[inline(always)]
    pub fn path(&mut self, path: Path) -> Text {
        self.path_of(path, Task::current())
    }

    /// Resolves a path as another process's root sees it.
    #[inline(always)]
    pub fn path_of(&mut self, path: Path, task: Task) -> Text {
        self.path_below(path, task.root())
    }

    /// Resolves a path up to a root.
    #[inline(always)]
    pub fn path_below(&mut self, path: Path, root: Path) -> Text {
        Text(text::span(text::append_path(self.slot.scratch(), path, root)))
    }

    /// Copies a NUL-terminated text of the current process (at most 4095 bytes, else `CUT`).
    #[inline(always)]
    pub fn user_text(&mut self, address: u64) -> Text {
        Text(text::span(text::append_user_text(self.slot.scratch(), address)))
    }

    /// Copies a NUL-terminated text of the kernel (at most 4095 bytes, else `CUT`).
    #[inline(always)]
    pub fn kernel_text(&mut self, address: u64) -> Text {
        let address = scratch::plain(self.slot.scratch(), address);
        Text(text::span(text::append_kernel_text(self.slot.scratch(), address)))
    }

    /// Copies up to 8191 bytes of the current process's memory; says so when there are more.
    #[inline(always)]
    pub fn user_list(&mut self, address: u64, len: u64) -> TextList {
        if len >= ARGS_BYTES_MAX as u64 {
            self.add(EventFlags::ARGS_CUT);
        }
        TextList(text::span(text::append_user_bytes(self.slot.scratch(), address, len)))
    }

    /// Copies the texts a NULL-terminated array of the current process points to (at most 20 of
    /// them, 511 bytes each); also returns how many were seen.
    #[inline(always)]
    pub fn user_strings(&mut self, array: u64) -> (TextList, u32) {
        let packed = text::append_user_strings(self.slot.scratch(), array);
        let count = text::list_count(self.slot.scratch());
        (TextList(text::span(packed)), count)
    }

    /// Flags found so far.
    #[inline(always)]
    pub fn flags(&self) -> EventFlags {
        EventFlags(self.slot.flags())
    }

    /// Replaces the flags found so far.
    #[inline(always)]
    pub fn set_flags(&mut self, flags: EventFlags) {
        self.slot.set_flags(flags.0);
    }

    /// Copies up to 8191 bytes of an iterated process's memory, waiting for its pages if it must.
    #[inline(always)]
    pub fn other_list(&mut self, item: &Item, address: u64, len: u64) -> TextList {
        if len >= ARGS_BYTES_MAX as u64 {
            self.add(EventFlags::ARGS_CUT);
        }
        TextList(text::span(text::append_other_bytes(self.slot.scratch(), item, address, len)))
    }

    /// Copies up to 4095 bytes of kernel memory.
    #[inline(always)]
    pub fn kernel_bytes(&mut self, address: u64, len: u64) -> Bytes {
        Bytes(text::span(text::append_kernel_bytes(self.slot.scratch(), address, len)))
    }

    /// The slot, for builders of `kernel/`.
    #[inline(always)]
    pub fn scratch(&self) -> *mut crate::kernel::scratch::Scratch {
        self.slot.scratch()
    }

    /// Length, flags and number: nothing may be added after it.
    #[inline(always)]
    fn seal(&mut self) {
        let (used, flags) = (self.slot.used(), self.slot.flags());
        let room = self.slot.room();
        room.header.len = used as u32;
        room.header.flags = flags;
        room.header.sequence = ring::next_sequence();
    }
}
