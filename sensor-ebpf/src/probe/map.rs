// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Files mapped executable: shared objects, by mmap or by mprotect.
//!
//! Hook:  fexit/security_mmap_file(struct file *, unsigned long, unsigned long)
//! Hook:  fexit/security_file_mprotect(struct vm_area_struct *, unsigned long, unsigned long)
//! Hook:  tp/syscalls/sys_exit_mmap
//! Hook:  tp/syscalls/sys_exit_mprotect
//! Why:   a library is code that runs from the moment it is mapped executable. What exec maps
//!        itself is left out: the program is exec's own, and the ELF interpreter comes with it.
//! Blind: the tracepoints: 32-bit calls, an mprotect over several mappings (the first counts),
//!        and one made while another thread changes mappings.
//! Cost:  see `tarsier status`.
use crate::emit::{emit_with_tail, wanted};
use crate::kernel::args::{self, Arguments, Call};
use crate::kernel::{File, Mm, Task, offsets, read};
use crate::maps::MAPPED;
use aya_ebpf::macros::{btf_tracepoint, fexit};
use aya_ebpf::programs::{BtfTracePointContext, FExitContext};
use common::names::EventFlags;
use common::sockets::MappedKey;
use common::wire::Map;

const PROT_EXEC: u64 = 4;
const MAP_ANONYMOUS: u64 = 0x20;
const NO_EXIST: u64 = 1;
const S_IFMT: u32 = 0o170_000;
const S_IFREG: u32 = 0o100_000;

/// A mapping is allowed.
#[fexit(function = "security_mmap_file")]
pub fn map(context: FExitContext) -> i32 {
    let file = File::argument(&context, 0);
    if context.word(1) & PROT_EXEC != 0 && !file.is_null() && context.ret::<u64>() == Ok(0) {
        mapped(file);
    }
    0
}

/// A change of protection is allowed.
#[fexit(function = "security_file_mprotect")]
pub fn map_protect(context: FExitContext) -> i32 {
    if context.word(2) & PROT_EXEC != 0 && context.ret::<u64>() == Ok(0) {
        mapped(File::at(read::member(context.word(0), &offsets::VMA_FILE)));
    }
    0
}

/// mmap() returns.
#[btf_tracepoint(function = "sys_exit")]
pub fn map_exit(context: BtfTracePointContext) -> u32 {
    let call = Call::current();
    if call.third() & PROT_EXEC != 0
        && call.fourth() & MAP_ANONYMOUS == 0
        && args::errno_of_address(args::result(&context)) == 0
    {
        mapped(File::of_descriptor(Task::current(), call.fifth() as i32 as i64));
    }
    0
}

/// mprotect() returns.
#[btf_tracepoint(function = "sys_exit")]
pub fn map_protect_exit(context: BtfTracePointContext) -> u32 {
    let call = Call::current();
    if call.third() & PROT_EXEC != 0 && args::result(&context) == 0 {
        mapped(Mm::file_of_current_at(call.first()));
    }
    0
}

#[inline(always)]
fn mapped(file: File) {
    if file.is_null() || !wanted::<Map>() {
        return;
    }
    let task = Task::current();
    let (mm, inode) = (task.mm(), file.inode());
    if mm.in_exec() || inode == mm.program().inode() || inode.mode().0 & S_IFMT != S_IFREG {
        return;
    }
    let what = inode.identity();
    let key = MappedKey {
        process: task.key(),
        inode: what.inode,
        device: what.device.0,
        program: task.program_count(),
    };
    if MAPPED.insert(key, 1, NO_EXIST).is_err() {
        return;
    }
    emit_with_tail::<Map>(EventFlags(0), |draft| {
        let body = draft.body();
        body.inode = what.inode;
        body.size = what.size;
        body.mtime = what.mtime;
        body.ctime = what.ctime;
        body.device = what.device;
        let path = draft.path(file.path());
        draft.body().path = path;
        if inode.links() == 0 {
            draft.add(EventFlags::DELETED);
        }
        Some(())
    });
}
