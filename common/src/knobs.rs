// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The settings the kernel side obeys, as bytes; one value in a map, changed live.
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What the recorder tells its probes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Knobs {
    /// Bit `1 << Class`: classes to record.
    pub classes: u64,
    /// Bytes waiting in the ring above which the reader is woken.
    pub watermark_bytes: u64,
    /// Wall clock minus boot clock, nanoseconds, refreshed every second.
    pub wall_offset_ns: u64,
    /// The recorder's own thread group, never recorded.
    pub own_tgid: u32,
    /// Reserved, zero.
    pub reserved: u32,
}
