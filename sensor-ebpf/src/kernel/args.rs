// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Arguments and results of hooks.
//!
//! The arguments of a system call are read back from the registers saved at its entry, so that
//! one program at its exit sees both what was asked and how it went.
use crate::kernel::{Binprm, Cred, File, Module, Request, Sock, Task};
use aya_ebpf::bindings::pt_regs;
use aya_ebpf::helpers::generated as helpers;
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext, FExitContext};

/// The system call the current thread is in. x86-64: rdi, rsi, rdx, r10, r8, r9.
#[derive(Clone, Copy)]
pub struct Call {
    regs: *const pt_regs,
}

macro_rules! registers {
    ($($(#[doc = $about:literal])+ $name:ident = $register:ident,)+) => { $(
        $(#[doc = $about])+
        #[inline(always)]
        pub fn $name(self) -> u64 {
            // SAFETY: the verifier knows `regs` as the kernel's pt_regs; such reads cannot fault.
            unsafe { (*self.regs).$register }
        }
    )+ };
}

#[allow(dead_code, reason = "one accessor for each register")]
impl Call {
    /// Of the current thread.
    #[inline(always)]
    pub fn current() -> Call {
        // SAFETY: no argument.
        let task = unsafe { helpers::bpf_get_current_task_btf() };
        // SAFETY: the task the helper returned.
        let regs = unsafe { helpers::bpf_task_pt_regs(task) };
        Call { regs: regs as *const pt_regs }
    }

    registers! {
        /// Number of the call.
        number = orig_rax,
        /// First argument.
        first = rdi,
        /// Second argument.
        second = rsi,
        /// Third argument.
        third = rdx,
        /// Fourth argument.
        fourth = r10,
        /// Fifth argument.
        fifth = r8,
        /// Sixth argument.
        sixth = r9,
    }
}

/// What the call returned, at its exit: a value or a negative errno.
#[inline(always)]
pub fn result(context: &BtfTracePointContext) -> i64 {
    context.arg(1)
}

/// The errno of a result: 0 when it succeeded.
#[inline(always)]
pub fn errno(result: i64) -> i32 {
    if result < 0 { -result as i32 } else { 0 }
}

/// The errno of a result that is an address: those look negative too, errnos are the last page.
#[inline(always)]
pub fn errno_of_address(result: i64) -> i32 {
    const LAST_ERRNO: i64 = -4095;
    if (LAST_ERRNO..0).contains(&result) { -result as i32 } else { 0 }
}

/// Whether a failed attempt is worth an event: refused, not merely mistaken.
#[allow(dead_code, reason = "for probes of attempts")]
#[inline(always)]
pub fn refused(result: i64) -> bool {
    const EPERM: i64 = -1;
    const EACCES: i64 = -13;
    const EROFS: i64 = -30;
    result == EPERM || result == EACCES || result == EROFS
}

/// Contexts whose arguments are words.
pub trait Arguments {
    /// The `index`th, as a word.
    fn word(&self, index: usize) -> u64;
}

macro_rules! words {
    ($($context:ident)+) => { $( impl Arguments for $context {
        #[inline(always)]
        fn word(&self, index: usize) -> u64 { self.arg(index) }
    } )+ };
}
words!(BtfTracePointContext FEntryContext FExitContext);

macro_rules! argument {
    ($($pointer:ident)+) => { $(
        #[allow(dead_code, reason = "one for every pointer")]
        impl $pointer {
            /// The `index`th argument of a hook.
            #[inline(always)]
            pub fn argument(context: &impl Arguments, index: usize) -> Self {
                Self::at(context.word(index))
            }
        }
    )+ };
}
argument!(Task Cred File Binprm Sock Module Request);
