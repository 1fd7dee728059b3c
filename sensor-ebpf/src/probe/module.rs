// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel modules that come and go.
//!
//! Hook:  tp_btf/module_load(struct module *)
//! Hook:  tp_btf/module_free(struct module *)
//! Hook:  fentry/security_kernel_read_file(struct file *, enum kernel_read_file_id, bool)
//! Why:   the first two run once for each module, in the thread that asked. The third, where
//!        there is one, says which file it is; it comes before, in the same thread.
//! Blind: a module loaded from memory has no file. A kernel without modules has no such hooks.
//! Cost:  nothing while no module is loaded.
use crate::emit::{emit_with_tail, wanted};
use crate::kernel::args::Arguments;
use crate::kernel::{File, Module as Loaded, module as kernel};
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};
use common::names::{EventFlags, ModuleChange};
use common::wire::Module;

/// `READING_MODULE`, and the compressed form newer kernels tell apart.
const READING_MODULE: u64 = 2;
const READING_COMPRESSED: u64 = 3;

/// The kernel is about to read a file for its own use.
#[fentry(function = "security_kernel_read_file")]
pub fn module_file(context: FEntryContext) -> i32 {
    let purpose = context.word(1) & 0xff;
    if purpose == READING_MODULE || purpose == READING_COMPRESSED {
        kernel::reads_from(File::argument(&context, 0));
    }
    0
}

/// A module is in place.
#[btf_tracepoint(function = "module_load")]
pub fn module_load(context: BtfTracePointContext) -> i32 {
    changed(Loaded::argument(&context, 0), ModuleChange::LOADED);
    0
}

/// A module goes.
#[btf_tracepoint(function = "module_free")]
pub fn module_free(context: BtfTracePointContext) -> i32 {
    changed(Loaded::argument(&context, 0), ModuleChange::REMOVED);
    0
}

#[inline(always)]
fn changed(loaded: Loaded, change: ModuleChange) {
    if !wanted::<Module>() {
        return;
    }
    emit_with_tail::<Module>(EventFlags(0), |draft| {
        let name = draft.kernel_text(loaded.name());
        draft.body().name = name;
        draft.body().change = change;
        if change == ModuleChange::LOADED {
            draft.body().taints = loaded.taints();
            let file = kernel::read_from();
            if !file.is_null() {
                let path = draft.path(file.path());
                draft.body().path = path;
            }
        }
        Some(())
    });
}
