// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! A process's memory: its arguments, its program file, its ELF interpreter.
use crate::kernel::offsets as at;
use crate::kernel::read::{kernel, member};
use crate::kernel::{Binprm, File, Mm};
use aya_ebpf::bindings::task_struct;
use aya_ebpf::helpers::generated as helpers;
use core::ffi::c_void;

/// Pairs of the auxiliary vector that are looked at: `AT_BASE` is among the first ten.
const AUXV_PAIRS: u64 = 20;
const AT_BASE: u64 = 7;

impl Mm {
    /// Where its argument bytes begin, and how many there are.
    #[inline(always)]
    pub fn args(self) -> (u64, u64) {
        let start: u64 = member(self.address(), &at::MM_ARG_START);
        let end: u64 = member(self.address(), &at::MM_ARG_END);
        (start, if end > start { end - start } else { 0 })
    }

    /// The program it runs.
    #[inline(always)]
    pub fn program(self) -> File {
        File::at(member(self.address(), &at::MM_EXE_FILE))
    }

    /// Whether the program is still being put together: `exec` maps the image and the
    /// interpreter before it notes where the code ends.
    #[inline(always)]
    pub fn in_exec(self) -> bool {
        let end: u64 = member(self.address(), &at::MM_END_CODE);
        end == 0
    }

    /// Where the ELF interpreter was mapped; 0 for a static program.
    #[inline(always)]
    fn interpreter_base(self) -> u64 {
        let vector = self.address().wrapping_add(at::value(&at::MM_AUXV));
        let mut pair = 0;
        while pair < AUXV_PAIRS {
            let [kind, number]: [u64; 2] = kernel(vector.wrapping_add(pair * 16));
            if kind == AT_BASE {
                return number;
            }
            pair += 1;
        }
        0
    }

    /// The ELF interpreter of the current process; null for a static program.
    #[inline(always)]
    pub fn interpreter_of_current(self) -> File {
        let base = self.interpreter_base();
        if base == 0 { File::at(0) } else { Mm::file_of_current_at(base) }
    }

    /// The file mapped at an address of the current process; null when there is none, or when
    /// the mappings are being changed right now.
    #[inline(always)]
    pub fn file_of_current_at(address: u64) -> File {
        let mut found = 0_u64;
        // SAFETY: no argument.
        let task = unsafe { helpers::bpf_get_current_task_btf() };
        let place: *mut u64 = &mut found;
        let callback = keep_file as *mut c_void;
        // SAFETY: the callback writes one word to `place`, which outlives the call.
        unsafe { helpers::bpf_find_vma(task, address, callback, place.cast(), 0) };
        // SAFETY: a local; volatile, because the compiler does not see the callback write it.
        File::at(unsafe { place.read_volatile() })
    }
}

/// Called with the mapping that holds the address.
extern "C" fn keep_file(_: *mut task_struct, vma: *mut c_void, found: *mut u64) -> i64 {
    let file: u64 = member(vma as u64, &at::VMA_FILE);
    // SAFETY: the word `file_of_current_at` passed.
    unsafe { found.write_volatile(file) };
    0
}

impl Binprm {
    /// The program file: of a script, the last interpreter.
    #[inline(always)]
    pub fn file(self) -> File {
        File::at(member(self.address(), &at::BPRM_FILE))
    }

    /// Address of the name that was asked for.
    #[inline(always)]
    pub fn asked(self) -> u64 {
        member(self.address(), &at::BPRM_FILENAME)
    }

    /// Whether another program was put before the one asked for.
    #[inline(always)]
    pub fn interpreted(self) -> bool {
        let interpreter: u64 = member(self.address(), &at::BPRM_INTERP);
        interpreter != self.asked()
    }

    /// Number of arguments.
    #[inline(always)]
    pub fn args_count(self) -> u32 {
        member(self.address(), &at::BPRM_ARGC)
    }
}
