// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Reads of kernel and user memory that cannot fault.
use crate::kernel::offsets::value;
use aya_ebpf::helpers::generated as helpers;
use core::mem::MaybeUninit;
use zerocopy::FromBytes;

/// A kernel value at `base + offset`; zero when it cannot be read.
#[inline(always)]
pub fn member<T: FromBytes>(base: u64, offset: &'static u32) -> T {
    kernel(base.wrapping_add(value(offset)))
}

/// A kernel value; zero when it cannot be read.
#[inline(always)]
pub fn kernel<T: FromBytes>(address: u64) -> T {
    let mut out = MaybeUninit::<T>::uninit();
    let size = size_of::<T>() as u32;
    // SAFETY: `out` is `size` bytes; the helper checks `address` and writes zeros if it cannot.
    unsafe { helpers::bpf_probe_read_kernel(out.as_mut_ptr().cast(), size, address as *const _) };
    // SAFETY: the helper wrote every byte, and `T` takes any bytes.
    unsafe { out.assume_init() }
}

/// A value of the current process's memory; zero when it cannot be read without faulting.
#[inline(always)]
pub fn user<T: FromBytes>(address: u64) -> T {
    let mut out = MaybeUninit::<T>::uninit();
    let size = size_of::<T>() as u32;
    // SAFETY: `out` is `size` bytes; the helper checks `address` and writes zeros if it cannot.
    unsafe { helpers::bpf_probe_read_user(out.as_mut_ptr().cast(), size, address as *const _) };
    // SAFETY: the helper wrote every byte, and `T` takes any bytes.
    unsafe { out.assume_init() }
}

/// Hides a value from the optimiser, so that it keeps the comparisons the verifier needs.
#[inline(always)]
pub fn opaque(mut number: u64) -> u64 {
    // SAFETY: a move to itself. It must be an instruction: a line of source without one makes the
    // kernel refuse the program's line table.
    unsafe { core::arch::asm!("{0} = {0}", inout(reg) number, options(pure, nomem, nostack)) };
    number
}

/// `number & MASK`, as an instruction the optimiser cannot prove away: it would drop a mask it
/// thinks redundant, and the verifier would then see an unbounded number.
#[inline(always)]
pub fn mask<const MASK: i32>(mut number: u64) -> u64 {
    // SAFETY: one AND on the operand.
    unsafe {
        core::arch::asm!(
            "{0} &= {1}",
            inout(reg) number,
            const MASK,
            options(pure, nomem, nostack)
        );
    }
    number
}
