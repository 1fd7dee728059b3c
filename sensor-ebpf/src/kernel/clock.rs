// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What the helpers say about now and here.
use aya_ebpf::helpers::generated as helpers;

/// `CLOCK_BOOTTIME`, nanoseconds.
#[inline(always)]
pub fn boot_ns() -> u64 {
    // SAFETY: no argument.
    unsafe { helpers::bpf_ktime_get_boot_ns() }
}

/// The CPU this program runs on; programs do not migrate.
#[inline(always)]
pub fn cpu() -> u32 {
    // SAFETY: no argument.
    unsafe { helpers::bpf_get_smp_processor_id() }
}

/// Thread group in the upper half, thread in the lower, both in the initial namespace.
#[inline(always)]
pub fn current_ids() -> u64 {
    // SAFETY: no argument.
    unsafe { helpers::bpf_get_current_pid_tgid() }
}

/// cgroup v2 id of the current thread.
#[inline(always)]
pub fn current_cgroup() -> u64 {
    // SAFETY: no argument.
    unsafe { helpers::bpf_get_current_cgroup_id() }
}
