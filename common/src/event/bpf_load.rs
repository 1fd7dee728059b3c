// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! eBPF programs loaded.
use crate::names::BpfProgramType;
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// An eBPF program was loaded.
    BpfLoad {
        /// Number of the program.
        id: u32 => "tarsier.bpf.id",
        /// Type of program.
        program_type: BpfProgramType => "tarsier.bpf.type",
        /// Name given by the loader.
        name: Text => "tarsier.bpf.name",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
