// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! eBPF programs loaded.
//!
//! Hook:  tp/syscalls/sys_exit_bpf
//! Why:   a successful load returns a descriptor of the program, which by then has its number and
//!        name; `security_bpf_prog` also runs for every later look at an old program.
//! Blind: 32-bit calls; programs the kernel loads for itself.
//! Cost:  only bpf() calls pay.
use crate::emit::{emit_with_tail, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::{BpfProgram, File, Task};
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::EventFlags;
use common::wire::Bpf;

const PROG_LOAD: u64 = 5;

/// bpf() returns.
#[btf_tracepoint(function = "sys_exit")]
pub fn bpf(context: BtfTracePointContext) -> u32 {
    let descriptor = args::result(&context);
    if descriptor < 0 || Call::current().first() & 0xffff_ffff != PROG_LOAD || !wanted::<Bpf>() {
        return 0;
    }
    let program = BpfProgram::of_file(File::of_descriptor(Task::current(), descriptor));
    emit_with_tail::<Bpf>(EventFlags(0), |draft| {
        let id = program.id();
        draft.body().id = id;
        draft.body().program_type = program.kind();
        let name = draft.kernel_text(program.name());
        draft.body().name = name;
        if id == 0 { None } else { Some(()) }
    });
    0
}
