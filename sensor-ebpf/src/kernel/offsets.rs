// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! One constant for each row of the shared table, written by the loader before verification.
//!
//! They lie in `.rodata`, which is frozen: the verifier sees constants and prunes what hangs on
//! an absent one.

macro_rules! declare {
    ($($name:ident $group:ident $need:ident $of:literal $path:literal,)+) => { $(
        #[unsafe(no_mangle)]
        pub static $name: u32 = common::offsets::ABSENT;
    )+ };
}
common::offsets!(declare);

/// Whether `sched_process_exit` says which thread was the last (6.18 and later).
#[unsafe(no_mangle)]
pub static HAS_GROUP_DEAD: u32 = 0;

/// Whether `io_uring_complete` hands over the completion itself (6.15 and later).
#[unsafe(no_mangle)]
pub static COMPLETE_HAS_CQE: u32 = 0;

/// The value the loader wrote.
#[inline(always)]
pub fn value(offset: &'static u32) -> u64 {
    // SAFETY: a reference is readable; volatile, so that the initial value is not used instead.
    u64::from(unsafe { core::ptr::read_volatile(offset) })
}

/// Whether the running kernel has the member.
#[inline(always)]
pub fn present(offset: &'static u32) -> bool {
    value(offset) != u64::from(common::offsets::ABSENT)
}
