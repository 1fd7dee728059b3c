// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! eBPF programs as the kernel holds them.
use crate::kernel::offsets as at;
use crate::kernel::read::member;
use crate::kernel::{BpfProgram, File};
use common::names::BpfProgramType;

impl BpfProgram {
    /// Behind the descriptor a load returned.
    #[inline(always)]
    pub fn of_file(file: File) -> BpfProgram {
        BpfProgram::at(member(file.address(), &at::FILE_PRIVATE))
    }

    /// Its type.
    #[inline(always)]
    pub fn kind(self) -> BpfProgramType {
        BpfProgramType(member(self.address(), &at::PROG_TYPE))
    }

    /// Its number, 0 when there is none.
    #[inline(always)]
    pub fn id(self) -> u32 {
        member(self.aux(), &at::PROG_AUX_ID)
    }

    /// Address of its name.
    #[inline(always)]
    pub fn name(self) -> u64 {
        self.aux().wrapping_add(at::value(&at::PROG_AUX_NAME))
    }

    #[inline(always)]
    fn aux(self) -> u64 {
        member(self.address(), &at::PROG_AUX)
    }
}
