// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! eBPF programs loaded.
use crate::names::BpfProgramType;
use crate::record;
use crate::value::{Pad4, Text};

record! {
    /// A process loaded an eBPF program.
    Bpf {
        /// Number of the program.
        id: u32,
        /// Type of program.
        program_type: BpfProgramType,
        /// Name given by the loader, at most 15 bytes.
        name: Text,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
