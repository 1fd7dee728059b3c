// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Operations on names and inodes.
//!
//! Hook:  fentry/security_path_rename, _unlink, _rmdir, _mkdir, _mknod, _symlink, _link, _chmod,
//!        _chown, _truncate, security_file_truncate, security_inode_setxattr, _removexattr,
//!        _set_acl, _remove_acl; and tracepoints syscalls/sys_exit_* of the calls themselves
//! Why:   the first see the resolved objects and the values before; the second see the outcome,
//!        and everything the first were not asked about.
//! Blind: calls that only the second see carry the path as asked, without object and old values;
//!        they miss io_uring (counted as lost) and 32-bit calls, and another thread may change
//!        the text of a path while the call runs.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_with_tail, wanted};
use crate::kernel::args::{self, Arguments, Call};
use crate::kernel::path::Path;
use crate::kernel::read::user;
use crate::kernel::shape::{Shape, argument};
use crate::kernel::tracked::Entry;
use crate::kernel::{Dentry, File, Inode, Task, pending};
use crate::probe::outcome;
use aya_ebpf::macros::{fentry, tracepoint};
use aya_ebpf::programs::{FEntryContext, TracePointContext};
use common::names::{EventFlags, FileOperation};
use common::value::{Errno, Mode, Text};
use common::wire::{OnWire, PathOp};

const AT_FDCWD: i32 = -100;
const AT_REMOVEDIR: u64 = 0x200;
const AT_EMPTY_PATH: u64 = 0x1000;
const RENAME_EXCHANGE: u64 = 2;
const PERMISSIONS: u32 = 0o7777;
const O_TMPFILE: u32 = 0o20_000_000;
const FS_IOC_SETFLAGS: u64 = 0x4008_6602;
const FS_IOC_FSSETXATTR: u64 = 0x401c_5820;

/// A call on names or inodes ended.
#[tracepoint]
pub fn path_op_exit(context: TracePointContext) -> u32 {
    let result = args::result(&context);
    if outcome::ended(result) || !outcome::worth_telling(result) || !wanted::<PathOp>() {
        return 0;
    }
    let call = Call::current();
    let Some(shape) = Shape::of(call) else { return 0 };
    emit_with_tail::<PathOp>(EventFlags(0), |draft| {
        draft.body().result = Errno(args::errno(result));
        draft.body().operation = FileOperation(u32::from(shape.operation));
        as_asked(draft, call, shape);
        Some(())
    });
    0
}

/// `ioctl` ended: two of its thousands of commands change the flags of an inode.
#[tracepoint]
pub fn path_op_ioctl(context: TracePointContext) -> u32 {
    let call = Call::current();
    let command = call.second() & 0xffff_ffff;
    if command != FS_IOC_SETFLAGS && command != FS_IOC_FSSETXATTR {
        return 0;
    }
    let result = args::result(&context);
    if !outcome::worth_telling(result) || !wanted::<PathOp>() {
        return 0;
    }
    emit_with_tail::<PathOp>(EventFlags(0), |draft| {
        draft.body().result = Errno(args::errno(result));
        draft.body().operation = FileOperation::SET_FLAGS;
        object(draft, File::of_descriptor(Task::current(), i64::from(call.first() as i32)));
        Some(())
    });
    0
}

/// Everything a call's arguments say.
#[inline(always)]
fn as_asked(draft: &mut Draft<PathOp>, call: Call, shape: &Shape) {
    let operation = FileOperation(u32::from(shape.operation));
    let flags = argument(call, shape.flags);
    values(draft, operation, argument(call, shape.value), call, shape);
    let descriptor = if shape.object != 0 {
        argument(call, shape.object)
    } else if flags & AT_EMPTY_PATH != 0
        && operation != FileOperation::LINK
        && is_empty(argument(call, shape.path))
    {
        argument(call, shape.directory)
    } else {
        u64::MAX
    };
    if descriptor != u64::MAX {
        object(draft, File::of_descriptor(Task::current(), i64::from(descriptor as i32)));
        draft.add(EventFlags::OLD_UNKNOWN);
    } else {
        draft.add(EventFlags::AS_ASKED);
        let flags_before = draft.flags();
        let (directory, path) = asked(draft, call, shape.directory, argument(call, shape.path));
        draft.body().directory = directory;
        draft.body().path = path;
        draft.set_flags(flags_before);
        other(draft, call, shape, operation);
        named_by_flags(draft, call, shape, operation, flags);
    }
    if shape.word != 0 {
        let word = draft.user_text(argument(call, shape.word));
        draft.body().attribute = word;
    }
}

/// New values among the arguments.
#[inline(always)]
fn values(
    draft: &mut Draft<PathOp>,
    operation: FileOperation,
    value: u64,
    call: Call,
    shape: &Shape,
) {
    if operation == FileOperation::MODE {
        draft.body().mode = Mode(value as u32 & PERMISSIONS);
    } else if operation == FileOperation::MKNOD {
        draft.body().mode = Mode(value as u32 & 0xffff);
    } else if operation == FileOperation::TRUNCATE {
        draft.body().size = value;
    } else if operation == FileOperation::OWNER {
        draft.body().uid = value as u32;
        draft.body().gid = argument(call, shape.value + 1) as u32;
    }
}

/// The second path of a rename, link or symlink.
#[inline(always)]
fn other(draft: &mut Draft<PathOp>, call: Call, shape: &Shape, operation: FileOperation) {
    if shape.other == 0 {
        return;
    }
    let address = argument(call, shape.other);
    if operation == FileOperation::SYMLINK {
        let target = draft.user_text(address);
        draft.body().other = target;
        return;
    }
    let flags_before = draft.flags();
    let (directory, path) = asked(draft, call, shape.directory_other, address);
    draft.body().directory_other = directory;
    draft.body().other = path;
    draft.set_flags(flags_before);
}

/// What flags make of an operation, and what a link's descriptor says of its file.
#[inline(always)]
fn named_by_flags(
    draft: &mut Draft<PathOp>,
    call: Call,
    shape: &Shape,
    operation: FileOperation,
    flags: u64,
) {
    if operation == FileOperation::UNLINK && flags & AT_REMOVEDIR != 0 {
        draft.body().operation = FileOperation::RMDIR;
    }
    if operation == FileOperation::RENAME && flags & RENAME_EXCHANGE != 0 {
        draft.add(EventFlags::EXCHANGE);
    }
    if operation == FileOperation::LINK && shape.flags != 0 {
        let descriptor = linked_descriptor(call, shape, flags);
        let file = File::of_descriptor(Task::current(), descriptor);
        if !file.is_null() {
            identity(draft, file.inode());
            if file.flags() & O_TMPFILE != 0 {
                draft.add(EventFlags::TMPFILE);
            }
            return;
        }
    }
    draft.add(EventFlags::OBJECT_UNKNOWN);
    draft.add(EventFlags::OLD_UNKNOWN);
}

/// The descriptor a link names: by an empty path, or as `/proc/self/fd/N`; -1 for none.
#[inline(always)]
fn linked_descriptor(call: Call, shape: &Shape, flags: u64) -> i64 {
    const PROC_SELF_FD: ([u8; 8], [u8; 6]) = (*b"/proc/se", *b"lf/fd/");
    const DIGITS: u64 = 7;
    let address = argument(call, shape.other);
    if flags & AT_EMPTY_PATH != 0 && is_empty(address) {
        return i64::from(argument(call, shape.directory_other) as i32);
    }
    let start: ([u8; 8], [u8; 6]) = (user(address), user(address.wrapping_add(8)));
    if start.0 != PROC_SELF_FD.0 || start.1 != PROC_SELF_FD.1 {
        return -1;
    }
    let mut number = 0_i64;
    let mut index = 0;
    while index < DIGITS {
        let digit: u8 = user(address.wrapping_add(14 + index));
        if digit == 0 && index > 0 {
            return number;
        }
        if !digit.is_ascii_digit() {
            return -1;
        }
        number = number * 10 + i64::from(digit - b'0');
        index += 1;
    }
    -1
}

#[inline(always)]
fn is_empty(address: u64) -> bool {
    address != 0 && user::<u8>(address) == 0
}

/// A path of the caller and, when it is relative, the directory it is relative to.
#[inline(always)]
pub fn asked<B: OnWire>(
    draft: &mut Draft<B>,
    call: Call,
    directory: u8,
    address: u64,
) -> (Text, Text) {
    let path = draft.user_text(address);
    if user::<u8>(address) == b'/' {
        return (Text(common::value::Span::ABSENT), path);
    }
    let descriptor = argument(call, directory) as i32;
    let task = Task::current();
    let from = if directory == 0 || descriptor == AT_FDCWD {
        task.cwd()
    } else {
        File::of_descriptor(task, i64::from(descriptor)).path()
    };
    (draft.path(from), path)
}

/// The object is an open file.
#[inline(always)]
fn object(draft: &mut Draft<PathOp>, file: File) {
    identity(draft, file.inode());
    let path = draft.path(file.path());
    draft.body().path = path;
}

/// What an inode is; its mode unless a new one is asked for.
#[inline(always)]
fn identity(draft: &mut Draft<PathOp>, inode: Inode) {
    if inode.is_null() {
        return;
    }
    let body = draft.body();
    body.inode = inode.number();
    body.device = inode.device();
    if body.mode.0 == u32::MAX {
        body.mode = inode.mode();
    }
}

/// The trampoline tier: a name in a directory, resolved.
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
    if pending::has_no_end(Task::current())
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

/// The trampoline tier: a file that exists, resolved.
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
    let worker = pending::has_no_end(Task::current());
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
