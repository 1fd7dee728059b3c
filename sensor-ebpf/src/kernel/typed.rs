// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Loads the verifier follows by type: one instruction, where a reading helper is a call.
//!
//! Only from pointers a helper or hook gave, and only to members with constant offsets. A stale
//! or null pointer on the way reads as zero, as with the helpers.
use crate::kernel::offsets::value;
use aya_ebpf::helpers::generated as helpers;

/// A kernel object whose type the verifier knows.
#[derive(Clone, Copy)]
pub struct Typed(*const u8);

impl Typed {
    /// The current thread.
    #[inline(always)]
    pub fn current() -> Typed {
        // SAFETY: no argument.
        let task = unsafe { helpers::bpf_get_current_task_btf() };
        Typed(task.cast_const().cast())
    }

    /// The object a member points to.
    #[inline(always)]
    pub fn follow(self, offset: &'static u32) -> Typed {
        Typed(self.load(value(offset)))
    }

    /// A number that is a member.
    #[inline(always)]
    pub fn number<T: Copy>(self, offset: &'static u32) -> T {
        self.load(value(offset))
    }

    /// The object a member of the first element of an array points to.
    #[inline(always)]
    pub fn follow_first(self, array: &'static u32, offset: &'static u32) -> Typed {
        Typed(self.in_first(array, offset))
    }

    /// A member of the first element of an array inside the object.
    #[inline(always)]
    pub fn in_first<T: Copy>(self, array: &'static u32, offset: &'static u32) -> T {
        self.load(value(array) + value(offset))
    }

    #[inline(always)]
    fn load<T: Copy>(self, offset: u64) -> T {
        let place = self.0.wrapping_add(offset as usize).cast::<T>();
        // SAFETY: the verifier checks the member; the load cannot fault. Volatile, so that it
        // keeps its width.
        unsafe { place.read_volatile() }
    }
}
