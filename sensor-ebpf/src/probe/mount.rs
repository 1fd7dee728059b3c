// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changes of the mount tree.
//!
//! Hook: fentry/security_sb_mount(dev_name, path, type, flags, data)
//! Hook: fentry/security_sb_umount(mnt, flags)
//! Hook: fentry/security_move_mount(from_path, to_path)
//! Hook: fentry/security_sb_pivotroot(old_path, new_path)
//! Hook: tp/syscalls/sys_exit_mount
//! Hook: tp/syscalls/sys_exit_umount
//! Hook: tp/syscalls/sys_exit_move_mount
//! Hook: tp/syscalls/sys_exit_fsmount
//! Hook: tp/syscalls/sys_exit_mount_setattr
//! Hook: tp/syscalls/sys_exit_pivot_root
//! Why:   the first see where, resolved; the second see the outcome and the calls without a hook.
//! Blind: the tracepoint tier has the paths as asked; 32-bit calls.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_with_tail, wanted};
use crate::kernel::Mount as Vfsmount;
use crate::kernel::args::{self, Arguments, Call};
use crate::kernel::path::Path;
use crate::kernel::shape::{Shape, argument};
use crate::probe::outcome;
use crate::probe::path_op::asked;
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};
use common::names::{EventFlags, FileOperation};
use common::value::Errno;
use common::wire::Mount;

/// A call on the mount tree ended.
#[btf_tracepoint(function = "sys_exit")]
pub fn mount_exit(context: BtfTracePointContext) -> u32 {
    let result = args::result(&context);
    if outcome::ended(result) || !outcome::worth_telling(result) || !wanted::<Mount>() {
        return 0;
    }
    let call = Call::current();
    let Some(shape) = Shape::of(call) else { return 0 };
    emit_with_tail::<Mount>(EventFlags(0), |draft| {
        draft.body().result = Errno(args::errno(result));
        draft.body().operation = FileOperation(u32::from(shape.operation));
        as_asked(draft, call, shape);
        Some(())
    });
    0
}

#[inline(always)]
fn as_asked(draft: &mut Draft<Mount>, call: Call, shape: &Shape) {
    draft.body().flags = argument(call, shape.flags);
    if shape.path == 0 {
        return;
    }
    draft.add(EventFlags::AS_ASKED);
    let flags_before = draft.flags();
    let (directory, path) = asked(draft, call, shape.directory, argument(call, shape.path));
    draft.body().directory = directory;
    draft.body().path = path;
    if shape.other != 0 && shape.word != 0 {
        // what `mount` mounts may be a word as well as a path: it stays as it is
        let source = draft.user_text(argument(call, shape.other));
        draft.body().source = source;
        let filesystem = draft.user_text(argument(call, shape.word));
        draft.body().filesystem = filesystem;
    } else if shape.other != 0 {
        let other = argument(call, shape.other);
        let (directory, source) = asked(draft, call, shape.directory_other, other);
        draft.body().directory_source = directory;
        draft.body().source = source;
    }
    draft.set_flags(flags_before);
}

/// Something is about to be mounted or remounted.
#[fentry(function = "security_sb_mount")]
pub fn mount_mount(context: FEntryContext) -> i32 {
    let (source, kind) = (context.word(0), context.word(2));
    let (path, flags) = (Path::at(context.word(1)), context.word(3));
    attempt(FileOperation::MOUNT, path, flags, |draft| {
        let source = draft.kernel_text(source);
        draft.body().source = source;
        let kind = draft.kernel_text(kind);
        draft.body().filesystem = kind;
    })
}

/// A mount is about to be removed.
#[fentry(function = "security_sb_umount")]
pub fn mount_umount(context: FEntryContext) -> i32 {
    let mount = Vfsmount::at(context.word(0));
    attempt(FileOperation::UMOUNT, mount.top(), context.word(1) & 0xffff_ffff, |_| ())
}

/// A mount is about to be attached or moved.
#[fentry(function = "security_move_mount")]
pub fn mount_move(context: FEntryContext) -> i32 {
    let (from, to) = (Path::at(context.word(0)), Path::at(context.word(1)));
    attempt(FileOperation::MOVE_MOUNT, to, Call::current().fifth(), |draft| {
        let flags_before = draft.flags();
        let source = draft.path(from);
        draft.body().source = source;
        draft.set_flags(flags_before);
    })
}

/// The root is about to be exchanged.
#[fentry(function = "security_sb_pivotroot")]
pub fn mount_pivot(context: FEntryContext) -> i32 {
    let (old, new) = (Path::at(context.word(0)), Path::at(context.word(1)));
    attempt(FileOperation::PIVOT_ROOT, new, 0, |draft| {
        let flags_before = draft.flags();
        let source = draft.path(old);
        draft.body().source = source;
        draft.set_flags(flags_before);
    })
}

#[inline(always)]
fn attempt(
    operation: FileOperation,
    path: Path,
    flags: u64,
    fill: impl FnOnce(&mut Draft<Mount>),
) -> i32 {
    if !wanted::<Mount>() {
        return 0;
    }
    outcome::attempt::<Mount>(operation, |draft| {
        draft.body().operation = operation;
        draft.body().flags = flags;
        let text = draft.path(path);
        draft.body().path = text;
        fill(draft);
        Some(())
    });
    0
}
