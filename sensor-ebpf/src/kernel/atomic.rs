// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Atomic operations: programs are preemptible, so that even a CPU's own numbers race.
use core::intrinsics::{AtomicOrdering, atomic_xadd, atomic_xchg};

/// Adds and returns what was there before.
///
/// # Safety
/// `number` points to a map value.
#[inline(always)]
pub unsafe fn add(number: *mut u64, amount: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { atomic_xadd::<u64, u64, { AtomicOrdering::SeqCst }>(number, amount) }
}

/// Stores and returns what was there before.
///
/// # Safety
/// `number` points to a map value.
#[inline(always)]
pub unsafe fn swap(number: *mut u64, new: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { atomic_xchg::<u64, { AtomicOrdering::SeqCst }>(number, new) }
}
