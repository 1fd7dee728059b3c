// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Operations on names and inodes: the ends of the system calls, and in `resolved` the hooks that
//! see the objects before.
//!
//! Hook: tp/syscalls/sys_exit_renameat2
//! Hook: tp/syscalls/sys_exit_unlinkat
//! Hook: tp/syscalls/sys_exit_mkdirat
//! Hook: tp/syscalls/sys_exit_fchmodat
//! Hook: tp/syscalls/sys_exit_fchownat
//! Hook: tp/syscalls/sys_exit_setxattr
//! Hook: tp/syscalls/sys_exit_ioctl
//! Why:   the end of a call has the outcome, and still has what was asked: one program serves
//!        all of them (the whole list is in the recorder's table of hooks).
//! Blind: without the hooks of `resolved`: the object, its old values and links in the path;
//!        io_uring (counted as lost), 32-bit calls, and another thread that changes the text of
//!        a path while the call runs.
//! Cost:  see `tarsier status`.
use crate::emit::{Draft, emit_with_tail, wanted};
use crate::kernel::args::{self, Call};
use crate::kernel::read::user;
use crate::kernel::shape::{Shape, argument};
use crate::kernel::{File, Inode, Task};
use crate::probe::outcome;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::names::{EventFlags, FileOperation};
use common::value::{Errno, Mode, Text};
use common::wire::{OnWire, PathOp};

mod resolved;

const AT_FDCWD: i32 = -100;
const AT_REMOVEDIR: u64 = 0x200;
const AT_EMPTY_PATH: u64 = 0x1000;
pub const RENAME_EXCHANGE: u64 = 2;
pub const PERMISSIONS: u32 = 0o7777;
const O_TMPFILE: u32 = 0o20_000_000;
const FS_IOC_SETFLAGS: u64 = 0x4008_6602;
const FS_IOC_FSSETXATTR: u64 = 0x401c_5820;

/// A call on names or inodes ended.
#[btf_tracepoint(function = "sys_exit")]
pub fn path_op_exit(context: BtfTracePointContext) -> u32 {
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
#[btf_tracepoint(function = "sys_exit")]
pub fn path_op_ioctl(context: BtfTracePointContext) -> u32 {
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
pub fn object(draft: &mut Draft<PathOp>, file: File) {
    identity(draft, file.inode());
    let path = draft.path(file.path());
    draft.body().path = path;
}

/// What an inode is; its mode unless a new one is asked for.
#[inline(always)]
pub fn identity(draft: &mut Draft<PathOp>, inode: Inode) {
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
