// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What the kernel side counts, one copy a CPU; the recorder adds the copies up.
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// One more than the largest [`crate::names::Class`] the kernel side records.
pub const CLASSES: usize = 8;
/// Causes below this are counted by the kernel side.
pub const CAUSES: usize = 16;

/// Totals of one CPU since the probes were loaded.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Counters {
    /// Records given a sequence number: those in the ring and those it had no room for.
    pub sequence: u64,
    /// Records that reached the ring.
    pub emitted: u64,
    /// Primary records a probe decided to emit, by class.
    pub seen: [u64; CLASSES],
    /// Happenings lost, by class and cause.
    pub lost: [[u64; CAUSES]; CLASSES],
}
