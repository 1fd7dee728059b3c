// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel modules.
use crate::kernel::offsets as at;
use crate::kernel::read::member;
use crate::kernel::{File, Module, clock};
use crate::maps::MODULE_FILES;

impl Module {
    /// Address of its name.
    #[inline(always)]
    pub fn name(self) -> u64 {
        self.address().wrapping_add(at::value(&at::MODULE_NAME))
    }

    /// `TAINT_*` bits it sets.
    #[inline(always)]
    pub fn taints(self) -> u64 {
        member(self.address(), &at::MODULE_TAINTS)
    }
}

/// Remembers the file the current thread reads a module from.
#[inline(always)]
pub fn reads_from(file: File) {
    let thread = clock::current_ids();
    // A thread loads one module at a time; full is impossible, the oldest leaves.
    MODULE_FILES.insert(thread, file.address(), 0).ok();
}

/// The file the current thread read a module from; the system call still holds it.
#[inline(always)]
pub fn read_from() -> File {
    let thread = clock::current_ids();
    let Some(place) = MODULE_FILES.get_ptr(thread) else { return File::at(0) };
    // SAFETY: points to a map value.
    let file = unsafe { place.read_volatile() };
    MODULE_FILES.remove(thread).ok();
    File::at(file)
}
