// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The trampoline tier of `path_op`: hooks that see the resolved objects before the act.
//!
//! Hook: fentry/security_path_rename(old_dir, old_dentry, new_dir, new_dentry, flags)
//! Hook: fentry/security_path_unlink(dir, dentry)
//! Hook: fentry/security_path_rmdir(dir, dentry)
//! Hook: fentry/security_path_mkdir(dir, dentry, mode)
//! Hook: fentry/security_path_mknod(dir, dentry, mode, dev)
//! Hook: fentry/security_path_symlink(dir, dentry, old_name)
//! Hook: fentry/security_path_link(old_dentry, new_dir, new_dentry)
//! Hook: fentry/security_path_chmod(path, mode)
//! Hook: fentry/security_path_chown(path, uid, gid)
//! Hook: fentry/security_path_truncate(path)
//! Hook: fentry/security_file_truncate(file) since 6.2
//! Hook: fentry/security_inode_setxattr(idmap, dentry, name, value, size, flags)
//! Hook: fentry/security_inode_removexattr(idmap, dentry, name)
//! Hook: fentry/security_inode_set_acl(idmap, dentry, acl_name, kacl) since 6.2
//! Hook: fentry/security_inode_remove_acl(idmap, dentry, acl_name) since 6.2
//! Why:   called once for each act, with the objects and the values before; the outcome comes
//!        with the end of the system call.
//! Blind: the four attribute hooks have no mount: their path is as asked, their inode is known.
//! Cost:  see `tarsier status`.
use super::{PERMISSIONS, RENAME_EXCHANGE, asked, identity, object};
use crate::emit::{Draft, wanted};
use crate::kernel::args::{Arguments, Call};
use crate::kernel::path::Path;
use crate::kernel::shape::{Shape, argument};
use crate::kernel::tracked::Entry;
use crate::kernel::{Dentry, File, Inode, Task, pending};
use crate::probe::outcome;
use aya_ebpf::macros::fentry;
use aya_ebpf::programs::FEntryContext;
use common::names::{EventFlags, FileOperation};
use common::value::Mode;
use common::wire::PathOp;

/// A name in a directory, resolved.
#[inline(always)]
fn resolved(
    context: &FEntryContext,
    operation: FileOperation,
    fill: impl FnOnce(&mut Draft<PathOp>, Dentry),
) -> i32 {
    if !wanted::<PathOp>() {
        return 0;
    }
    let mount = Path::at(context.word(0)).mount;
    let dentry = Dentry::at(context.word(1));
    outcome::attempt::<PathOp>(operation, |draft| {
        draft.body().operation = operation;
        let path = draft.path(Path { mount, dentry });
        draft.body().path = path;
        let inode = dentry.inode();
        identity(draft, inode);
        if !inode.is_null() {
            draft.body().links = inode.links();
        }
        fill(draft, dentry);
        Some(())
    });
    if dentry.inode().is_null() {
        pending::will_make(dentry);
    }
    0
}

/// A name is about to be removed.
#[fentry(function = "security_path_unlink")]
pub fn path_op_unlink(context: FEntryContext) -> i32 {
    resolved(&context, FileOperation::UNLINK, |_, _| ())
}

/// A directory is about to be removed.
#[fentry(function = "security_path_rmdir")]
pub fn path_op_rmdir(context: FEntryContext) -> i32 {
    resolved(&context, FileOperation::RMDIR, |_, _| ())
}

/// A directory is about to be made.
#[fentry(function = "security_path_mkdir")]
pub fn path_op_mkdir(context: FEntryContext) -> i32 {
    const S_IFDIR: u32 = 0o040_000;
    let mode = context.word(2) as u32 & PERMISSIONS;
    resolved(&context, FileOperation::MKDIR, |draft, _| {
        draft.body().mode = Mode(S_IFDIR | mode);
    })
}

/// A node is about to be made; `open` and `bind` ask the same question.
#[fentry(function = "security_path_mknod")]
pub fn path_op_mknod(context: FEntryContext) -> i32 {
    let is_mknod = match Shape::of(Call::current()) {
        Some(shape) => u32::from(shape.operation) == FileOperation::MKNOD.0,
        None => false,
    };
    if !is_mknod {
        return 0;
    }
    let mode = context.word(2) as u32 & 0xffff;
    resolved(&context, FileOperation::MKNOD, |draft, _| draft.body().mode = Mode(mode))
}

/// A symbolic link is about to be made.
#[fentry(function = "security_path_symlink")]
pub fn path_op_symlink(context: FEntryContext) -> i32 {
    let target = context.word(2);
    resolved(&context, FileOperation::SYMLINK, |draft, _| {
        let target = draft.kernel_text(target);
        draft.body().other = target;
    })
}

/// A further name is about to be made.
#[fentry(function = "security_path_link")]
pub fn path_op_link(context: FEntryContext) -> i32 {
    if !wanted::<PathOp>() {
        return 0;
    }
    let existing = Dentry::at(context.word(0));
    let mount = Path::at(context.word(1)).mount;
    let dentry = Dentry::at(context.word(2));
    outcome::attempt::<PathOp>(FileOperation::LINK, |draft| {
        draft.body().operation = FileOperation::LINK;
        let path = draft.path(Path { mount, dentry });
        draft.body().path = path;
        let flags_before = draft.flags();
        let other = draft.path(Path { mount, dentry: existing });
        draft.body().other = other;
        draft.set_flags(flags_before);
        let inode = existing.inode();
        identity(draft, inode);
        draft.body().links = inode.links();
        if inode.links() == 0 {
            draft.add(EventFlags::TMPFILE);
        }
        Some(())
    });
    0
}

/// A name is about to move.
#[fentry(function = "security_path_rename")]
pub fn path_op_rename(context: FEntryContext) -> i32 {
    if !wanted::<PathOp>() {
        return 0;
    }
    let old = Path { mount: Path::at(context.word(0)).mount, dentry: Dentry::at(context.word(1)) };
    let new = Path { mount: Path::at(context.word(2)).mount, dentry: Dentry::at(context.word(3)) };
    let flags = context.word(4);
    outcome::attempt::<PathOp>(FileOperation::RENAME, |draft| {
        draft.body().operation = FileOperation::RENAME;
        let path = draft.path(new);
        draft.body().path = path;
        let other = draft.path(old);
        draft.body().other = other;
        identity(draft, old.dentry.inode());
        let replaced = new.dentry.inode();
        if !replaced.is_null() {
            draft.body().replaced_inode = replaced.number();
            draft.body().replaced_mode = replaced.mode();
        }
        if flags & RENAME_EXCHANGE != 0 {
            draft.add(EventFlags::EXCHANGE);
        }
        Some(())
    });
    0
}

/// Permission bits are about to be set.
#[fentry(function = "security_path_chmod")]
pub fn path_op_chmod(context: FEntryContext) -> i32 {
    let mode = context.word(1) as u32 & PERMISSIONS;
    existing(Path::at(context.word(0)), FileOperation::MODE, |draft, inode| {
        draft.body().mode = Mode(mode);
        draft.body().mode_old = Mode(inode.mode().0 & PERMISSIONS);
    })
}

/// Owner or group is about to be set.
#[fentry(function = "security_path_chown")]
pub fn path_op_chown(context: FEntryContext) -> i32 {
    let (uid, gid) = (context.word(1) as u32, context.word(2) as u32);
    existing(Path::at(context.word(0)), FileOperation::OWNER, |draft, inode| {
        draft.body().uid = uid;
        draft.body().gid = gid;
        draft.body().uid_old = inode.uid();
        draft.body().gid_old = inode.gid();
    })
}

/// The size is about to be set; before 6.2 also through an open file, and by `O_TRUNC`.
#[fentry(function = "security_path_truncate")]
pub fn path_op_truncate(context: FEntryContext) -> i32 {
    let call = Call::current();
    let path = Path::at(context.word(0));
    let Some(size) = truncation(call) else { return 0 };
    if let Some(shape) = Shape::of(call)
        && shape.object != 0
    {
        let file = File::of_descriptor(Task::current(), i64::from(call.first() as i32));
        if let Some(entry) = Entry::of_this(file) {
            entry.change(true);
        }
    }
    truncated(path, size)
}

/// The size is about to be set through an open file.
#[fentry(function = "security_file_truncate")]
pub fn path_op_file_truncate(context: FEntryContext) -> i32 {
    let Some(size) = truncation(Call::current()) else { return 0 };
    truncated(File::argument(&context, 0).path(), size)
}

/// The size asked for, if the current call is one that sets sizes.
#[inline(always)]
fn truncation(call: Call) -> Option<u64> {
    let shape = Shape::of(call)?;
    let task = Task::current();
    if pending::has_no_end(task)
        || pending::is_io_worker(task)
        || u32::from(shape.operation) != FileOperation::TRUNCATE.0
    {
        return None;
    }
    Some(call.second())
}

#[inline(always)]
fn truncated(path: Path, size: u64) -> i32 {
    existing(path, FileOperation::TRUNCATE, |draft, inode| {
        draft.body().size = size;
        draft.body().size_old = inode.size();
    })
}

/// A file that exists, resolved.
#[inline(always)]
fn existing(
    path: Path,
    operation: FileOperation,
    fill: impl FnOnce(&mut Draft<PathOp>, Inode),
) -> i32 {
    if !wanted::<PathOp>() {
        return 0;
    }
    outcome::attempt::<PathOp>(operation, |draft| {
        draft.body().operation = operation;
        let text = draft.path(path);
        draft.body().path = text;
        let inode = path.dentry.inode();
        fill(draft, inode);
        identity(draft, inode);
        Some(())
    });
    0
}

/// An attribute is about to be set.
#[fentry(function = "security_inode_setxattr")]
pub fn path_op_setxattr(context: FEntryContext) -> i32 {
    attribute(&context, FileOperation::SET_ATTRIBUTE)
}

/// An attribute is about to be removed.
#[fentry(function = "security_inode_removexattr")]
pub fn path_op_removexattr(context: FEntryContext) -> i32 {
    attribute(&context, FileOperation::REMOVE_ATTRIBUTE)
}

/// An ACL is about to be set.
#[fentry(function = "security_inode_set_acl")]
pub fn path_op_set_acl(context: FEntryContext) -> i32 {
    attribute(&context, FileOperation::SET_ATTRIBUTE)
}

/// An ACL is about to be removed.
#[fentry(function = "security_inode_remove_acl")]
pub fn path_op_remove_acl(context: FEntryContext) -> i32 {
    attribute(&context, FileOperation::REMOVE_ATTRIBUTE)
}

/// The hook has the inode, not the mount: the path is the call's own.
#[inline(always)]
fn attribute(context: &FEntryContext, operation: FileOperation) -> i32 {
    if !wanted::<PathOp>() {
        return 0;
    }
    let inode: Inode = Dentry::at(context.word(1)).inode();
    let name = context.word(2);
    let call = Call::current();
    let worker = pending::is_io_worker(Task::current());
    let shape = match Shape::of(call) {
        Some(shape) if !worker => Some(shape),
        _ => None,
    };
    let is_ours = match shape {
        Some(shape) => u32::from(shape.operation) == operation.0,
        None => worker,
    };
    if !is_ours {
        return 0;
    }
    outcome::attempt::<PathOp>(operation, |draft| {
        draft.body().operation = operation;
        match shape {
            Some(shape) if shape.object != 0 => {
                let descriptor = i64::from(argument(call, shape.object) as i32);
                object(draft, File::of_descriptor(Task::current(), descriptor));
            }
            Some(shape) => {
                draft.add(EventFlags::AS_ASKED);
                let flags_before = draft.flags();
                let (directory, path) =
                    asked(draft, call, shape.directory, argument(call, shape.path));
                draft.body().directory = directory;
                draft.body().path = path;
                draft.set_flags(flags_before);
            }
            None => draft.add(EventFlags::PATH_UNKNOWN),
        }
        identity(draft, inode);
        let name = draft.kernel_text(name);
        draft.body().attribute = name;
        Some(())
    });
    0
}
