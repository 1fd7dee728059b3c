// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What the arguments of system calls on names mean: one row a call, x86-64 numbers.
//!
//! One program serves many calls; which argument is what it looks up here.
use crate::kernel::args::Call;
use common::names::FileOperation;

/// No such argument.
const NO: u8 = 0;

/// Which argument (1 to 6, 0 for none) is what.
#[derive(Clone, Copy)]
pub struct Shape {
    /// A [`FileOperation`]; 0: not a call we know.
    pub operation: u8,
    /// Descriptor of the object itself.
    pub object: u8,
    /// Descriptor of the directory `path` is relative to.
    pub directory: u8,
    /// The path operated on; the new name of a rename or link.
    pub path: u8,
    /// Descriptor of the directory `other` is relative to.
    pub directory_other: u8,
    /// The old name, the existing name, the target, the source.
    pub other: u8,
    /// Mode, size, or owner (the group follows it).
    pub value: u8,
    /// Flags.
    pub flags: u8,
    /// Name of an attribute, kind of a file system.
    pub word: u8,
}

const NONE: Shape = Shape {
    operation: 0,
    object: NO,
    directory: NO,
    path: NO,
    directory_other: NO,
    other: NO,
    value: NO,
    flags: NO,
    word: NO,
};

/// System call numbers are below this.
const CALLS: usize = 512;

macro_rules! shapes {
    ($($number:literal $name:literal $operation:ident { $($field:ident: $index:literal),* };)+) => {
        static SHAPES: [Shape; CALLS] = {
            let mut table = [NONE; CALLS];
            $( table[$number] = Shape {
                operation: FileOperation::$operation.0 as u8,
                $($field: $index,)*
                ..NONE
            }; )+
            table
        };
    };
}

shapes! {
     76 "truncate"      TRUNCATE { path: 1, value: 2 };
     77 "ftruncate"     TRUNCATE { object: 1, value: 2 };
     82 "rename"        RENAME { path: 2, other: 1 };
     83 "mkdir"         MKDIR { path: 1 };
     84 "rmdir"         RMDIR { path: 1 };
     86 "link"          LINK { path: 2, other: 1 };
     87 "unlink"        UNLINK { path: 1 };
     88 "symlink"       SYMLINK { path: 2, other: 1 };
     90 "chmod"         MODE { path: 1, value: 2 };
     91 "fchmod"        MODE { object: 1, value: 2 };
     92 "chown"         OWNER { path: 1, value: 2 };
     93 "fchown"        OWNER { object: 1, value: 2 };
     94 "lchown"        OWNER { path: 1, value: 2 };
    133 "mknod"         MKNOD { path: 1, value: 2 };
    155 "pivot_root"    PIVOT_ROOT { path: 1, other: 2 };
    165 "mount"         MOUNT { path: 2, other: 1, flags: 4, word: 3 };
    166 "umount2"       UMOUNT { path: 1, flags: 2 };
    188 "setxattr"      SET_ATTRIBUTE { path: 1, word: 2 };
    189 "lsetxattr"     SET_ATTRIBUTE { path: 1, word: 2 };
    190 "fsetxattr"     SET_ATTRIBUTE { object: 1, word: 2 };
    197 "removexattr"   REMOVE_ATTRIBUTE { path: 1, word: 2 };
    198 "lremovexattr"  REMOVE_ATTRIBUTE { path: 1, word: 2 };
    199 "fremovexattr"  REMOVE_ATTRIBUTE { object: 1, word: 2 };
    258 "mkdirat"       MKDIR { directory: 1, path: 2 };
    259 "mknodat"       MKNOD { directory: 1, path: 2, value: 3 };
    260 "fchownat"      OWNER { directory: 1, path: 2, value: 3, flags: 5 };
    263 "unlinkat"      UNLINK { directory: 1, path: 2, flags: 3 };
    264 "renameat"      RENAME { directory_other: 1, other: 2, directory: 3, path: 4 };
    265 "linkat"        LINK { directory_other: 1, other: 2, directory: 3, path: 4, flags: 5 };
    266 "symlinkat"     SYMLINK { other: 1, directory: 2, path: 3 };
    268 "fchmodat"      MODE { directory: 1, path: 2, value: 3 };
    316 "renameat2"     RENAME { directory_other: 1, other: 2, directory: 3, path: 4, flags: 5 };
    429 "move_mount"    MOVE_MOUNT {
        directory_other: 1, other: 2, directory: 3, path: 4, flags: 5
    };
    432 "fsmount"       FSMOUNT { flags: 2 };
    442 "mount_setattr" MOUNT_SETATTR { directory: 1, path: 2, flags: 3 };
    452 "fchmodat2"     MODE { directory: 1, path: 2, value: 3, flags: 4 };
    463 "setxattrat"    SET_ATTRIBUTE { directory: 1, path: 2, flags: 3, word: 4 };
    466 "removexattrat" REMOVE_ATTRIBUTE { directory: 1, path: 2, flags: 3, word: 4 };
    469 "file_setattr"  SET_FLAGS { directory: 1, path: 2, flags: 5 };
}

impl Shape {
    /// Of the call a thread is in; `None` when it is not one of the table.
    #[inline(always)]
    pub fn of(call: Call) -> Option<&'static Shape> {
        let shape = SHAPES.get(call.number() as usize)?;
        if shape.operation == 0 { None } else { Some(shape) }
    }
}

/// Value of an argument; 0 for [`NO`].
#[inline(always)]
pub fn argument(call: Call, index: u8) -> u64 {
    match index {
        1 => call.first(),
        2 => call.second(),
        3 => call.third(),
        4 => call.fourth(),
        5 => call.fifth(),
        _ => 0,
    }
}
