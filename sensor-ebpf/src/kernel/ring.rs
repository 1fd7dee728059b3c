// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The ring itself: reserve, submit, copy, and when to wake the reader.
use crate::kernel::atomic;
use crate::kernel::read::opaque;
use crate::kernel::scratch::{self, Scratch, get, set};
use crate::maps::{COUNTERS, KNOBS, RING};
use aya_ebpf::bindings::seq_file;
use aya_ebpf::helpers::generated as helpers;
use common::knobs::Knobs;
use common::limits::RECORD_BYTES_MAX;
use common::loss::Loss;
use common::names::Class;
use common::wire::Header;
use core::ffi::c_void;
use core::marker::PhantomData;

const NO_WAKEUP: u64 = 1;
const FORCE_WAKEUP: u64 = 2;
const AVAIL_DATA: u64 = 0;
/// What the ring writes before each record.
const RING_HEADER: u64 = 8;

/// Header and body of a record without a tail.
#[repr(C)]
pub struct Fixed<B> {
    /// Header.
    pub header: Header,
    /// Body.
    pub body: B,
}

/// Room in the ring that must be submitted or discarded; emit.rs does on every path.
pub struct Reserved<B> {
    place: *mut Fixed<B>,
}

impl<B: common::wire::OnWire> Reserved<B> {
    /// `None` when the ring is full.
    #[inline(always)]
    pub fn take() -> Option<Self> {
        let size = size_of::<Fixed<B>>() as u64;
        // SAFETY: the map is a ring.
        let place = unsafe { helpers::bpf_ringbuf_reserve(ring(), size, 0) };
        if place.is_null() { None } else { Some(Reserved { place: place.cast() }) }
    }

    /// The room.
    #[inline(always)]
    pub fn room(&mut self) -> &mut Fixed<B> {
        // SAFETY: not null, ours until submitted, and any bytes are valid for both parts.
        unsafe { &mut *self.place }
    }

    /// Hands it to the reader.
    #[inline(always)]
    pub fn submit(self) {
        let flags = wake(size_of::<Fixed<B>>() as u64);
        // SAFETY: reserved above, given up here.
        unsafe { helpers::bpf_ringbuf_submit(self.place.cast(), flags) };
    }

    /// Gives it back.
    #[inline(always)]
    pub fn discard(self) {
        // SAFETY: reserved above, given up here.
        unsafe { helpers::bpf_ringbuf_discard(self.place.cast(), NO_WAKEUP) };
    }
}

/// A claimed scratch slot with a record of body `B` in it.
pub struct Slot<B> {
    scratch: *mut Scratch,
    body: PhantomData<B>,
}

impl<B: common::wire::OnWire> Slot<B> {
    /// `None` when all slots of the CPU are in use.
    #[inline(always)]
    pub fn claim() -> Option<Self> {
        let scratch = scratch::claim()?;
        let start = size_of::<Fixed<B>>() as u64;
        set!(scratch, flags, 0);
        set!(scratch, used, start);
        set!(scratch, tail, start);
        Some(Slot { scratch, body: PhantomData })
    }

    /// Header and body.
    #[inline(always)]
    pub fn room(&mut self) -> &mut Fixed<B> {
        // SAFETY: the field of a map value this program owns, 8-byte aligned.
        let record = unsafe { &raw mut (*self.scratch).record };
        // SAFETY: longer than any fixed part, and any bytes are valid for both parts.
        unsafe { &mut *record.cast() }
    }

    /// The slot, for the text functions.
    #[inline(always)]
    pub fn scratch(&self) -> *mut Scratch {
        self.scratch
    }

    /// Flags found while building.
    #[inline(always)]
    pub fn flags(&self) -> u64 {
        get!(self.scratch, flags)
    }

    /// Forgets flags that turned out not to apply.
    #[inline(always)]
    pub fn set_flags(&self, flags: u64) {
        set!(self.scratch, flags, flags);
    }

    /// Bytes in use.
    #[inline(always)]
    pub fn used(&self) -> u64 {
        get!(self.scratch, used)
    }

    /// Copies the record into the ring; `false` when it was full.
    #[inline(always)]
    pub fn output(&mut self) -> bool {
        let used = opaque(self.used());
        if used > RECORD_BYTES_MAX as u64 || used == 0 {
            return false;
        }
        // SAFETY: the field of a map value this program owns.
        let record = unsafe { &raw mut (*self.scratch).record };
        let flags = wake(used);
        // SAFETY: `used` was compared with the length of the buffer.
        unsafe { helpers::bpf_ringbuf_output(ring(), record.cast(), used, flags) == 0 }
    }

    /// Copies the record into an iterator's file; `false` when it must be asked for again.
    #[inline(always)]
    pub fn write_to(&mut self, file: *mut seq_file) -> bool {
        let used = opaque(self.used());
        if used > RECORD_BYTES_MAX as u64 || used == 0 {
            return false;
        }
        // SAFETY: the field of a map value this program owns.
        let record = unsafe { &raw mut (*self.scratch).record };
        // SAFETY: `used` was compared with the length of the buffer; the verifier knows `file`.
        unsafe { helpers::bpf_seq_write(file, record.cast(), used as u32) == 0 }
    }

    /// Gives the slot back.
    #[inline(always)]
    pub fn release(self) {
        scratch::release(self.scratch);
    }
}

#[inline(always)]
fn ring() -> *mut c_void {
    (&raw const RING).cast_mut().cast()
}

/// The recorder's settings; `None` cannot be, but the verifier asks.
#[inline(always)]
pub fn knobs() -> Option<&'static Knobs> {
    KNOBS.get(0)
}

/// Wakes the reader each time another watermark's worth of bytes waits, else never: it looks by
/// itself every flush interval.
#[inline(always)]
fn wake(len: u64) -> u64 {
    let watermark = match knobs() {
        Some(knobs) if knobs.watermark_bytes != 0 => knobs.watermark_bytes,
        _ => return FORCE_WAKEUP,
    };
    // SAFETY: the map is a ring.
    let waiting = unsafe { helpers::bpf_ringbuf_query(ring(), AVAIL_DATA) };
    let after = waiting + len + RING_HEADER;
    if waiting / watermark == after / watermark { NO_WAKEUP } else { FORCE_WAKEUP }
}

/// Counts a primary record a probe decided to emit.
#[inline(always)]
pub fn count_seen(class: Class) {
    if let Some(counters) = COUNTERS.get_ptr_mut(0) {
        // SAFETY: the field of a map value; the index is a constant below the bound.
        let place = unsafe { &raw mut (*counters).seen[class.0 as usize] };
        // SAFETY: points to a map value.
        unsafe { atomic::add(place, 1) };
    }
}

/// Counts a happening that is lost.
#[inline(always)]
pub fn count_lost(class: Class, cause: Loss) {
    if let Some(counters) = COUNTERS.get_ptr_mut(0) {
        // SAFETY: the field of a map value; the indexes are constants below the bounds.
        let place = unsafe { &raw mut (*counters).lost[class.0 as usize][cause.0 as usize] };
        // SAFETY: points to a map value.
        unsafe { atomic::add(place, 1) };
    }
}

/// Counts a record that reached the ring.
#[inline(always)]
pub fn count_emitted() {
    if let Some(counters) = COUNTERS.get_ptr_mut(0) {
        // SAFETY: the field of a map value.
        let place = unsafe { &raw mut (*counters).emitted };
        // SAFETY: points to a map value.
        unsafe { atomic::add(place, 1) };
    }
}

/// The next number on this CPU.
#[inline(always)]
pub fn next_sequence() -> u64 {
    match COUNTERS.get_ptr_mut(0) {
        Some(counters) => {
            // SAFETY: the field of a map value.
            let place = unsafe { &raw mut (*counters).sequence };
            // SAFETY: points to a map value.
            unsafe { atomic::add(place, 1) }
        }
        None => 0,
    }
}
