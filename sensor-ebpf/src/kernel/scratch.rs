// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Room to build a record with a tail: one of a few slots of the CPU, taken atomically.
//!
//! The position where the tail grows lies in the slot itself, not in a register: the verifier
//! forgets what it knew about it, and so does not walk every combination of lengths.
use crate::kernel::atomic;
use crate::maps::SCRATCH;
use common::limits::{PATH_BYTES_MAX, RECORD_BYTES_MAX};

/// Slots a CPU has: one program, one that preempted it, an interrupt, one spare.
pub const SLOTS: u32 = 4;
/// Longest name of one path component, and so how far a masked copy may reach over the end.
const NAME_BYTES_MAX: usize = 255;

/// One slot.
#[repr(C)]
pub struct Scratch {
    /// 1 while a program owns it.
    pub busy: u64,
    /// Flags found while the record was built.
    pub flags: u64,
    /// Bytes of `record` in use.
    pub used: u64,
    /// Where the tail begins in `record`.
    pub tail: u64,
    /// Where the path being walked begins in `path`; it grows towards the front.
    pub from: u64,
    /// Checksum of the walk, compared with a second one.
    pub walked: u64,
    /// Where the walk begins: `struct vfsmount`.
    pub mount: u64,
    /// Where the walk begins: `struct dentry`.
    pub dentry: u64,
    /// Where it ends: the task's root mount.
    pub root_mount: u64,
    /// Where it ends: the task's root directory.
    pub root_dentry: u64,
    /// Kernel address a text is copied from.
    pub source: u64,
    /// Texts of the list appended last.
    pub counted: u64,
    /// The path being walked.
    pub path: [u8; PATH_BYTES_MAX + NAME_BYTES_MAX + 1],
    /// Header, body, tail.
    pub record: [u8; RECORD_BYTES_MAX],
}

const _: () = assert!(size_of::<Scratch>() <= 32 * 1024, "a per-CPU value may have 32 KiB");
const _: () = assert!(core::mem::offset_of!(Scratch, record) % 8 == 0);

/// Takes a free slot; `None` when all are in use.
#[inline(always)]
pub fn claim() -> Option<*mut Scratch> {
    let mut slot = 0;
    while slot < SLOTS {
        if let Some(scratch) = SCRATCH.get_ptr_mut(slot) {
            // SAFETY: the field of a map value.
            let busy = unsafe { &raw mut (*scratch).busy };
            // SAFETY: points to a map value.
            if unsafe { atomic::swap(busy, 1) } == 0 {
                return Some(scratch);
            }
        }
        slot += 1;
    }
    None
}

/// Gives a slot back.
#[inline(always)]
pub fn release(scratch: *mut Scratch) {
    // SAFETY: the field of a map value this program owns.
    let busy = unsafe { &raw mut (*scratch).busy };
    // SAFETY: as above; volatile, so that it stays after every use of the slot.
    unsafe { busy.write_volatile(0) };
}

/// Reads one of the slot's numbers, as memory: the compiler must not keep it in a register.
macro_rules! get {
    ($scratch:expr, $field:ident) => {{
        // SAFETY: the field of a map value this program owns.
        let place = unsafe { &raw const (*$scratch).$field };
        // SAFETY: as above.
        unsafe { place.read_volatile() }
    }};
}
/// Writes one of the slot's numbers.
macro_rules! set {
    ($scratch:expr, $field:ident, $value:expr) => {{
        let value = $value;
        // SAFETY: the field of a map value this program owns.
        let place = unsafe { &raw mut (*$scratch).$field };
        // SAFETY: as above.
        unsafe { place.write_volatile(value) }
    }};
}
pub(crate) use {get, set};

/// An address that may be a hook's own argument, as a plain number: the verifier lets only those
/// into global functions, and what was in memory is one.
#[inline(always)]
pub fn plain(scratch: *mut Scratch, address: u64) -> u64 {
    set!(scratch, counted, address);
    get!(scratch, counted)
}
