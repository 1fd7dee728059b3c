// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Open files and inodes.
use crate::kernel::offsets as at;
use crate::kernel::path::Path;
use crate::kernel::read::{kernel, member};
use crate::kernel::{File, Inode, Task};
use common::value::{Device, Mode, Time};

const NS_A_SECOND: u64 = 1_000_000_000;
/// Upper bits of the nanoseconds of a change time carry flags from 6.13 on.
const NS_MASK: u64 = 0x3fff_ffff;
/// `struct file *` in a descriptor table keeps flags nowhere, but is eight bytes.
const POINTER: u64 = 8;

/// What a file is, whatever it is called.
#[derive(Clone, Copy)]
pub struct Identity {
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Last change of content.
    pub mtime: Time,
    /// Last change of the inode.
    pub ctime: Time,
    /// Device of the file system.
    pub device: Device,
    /// Type and permission bits.
    pub mode: Mode,
}

#[allow(dead_code, reason = "one accessor for each member")]
impl File {
    /// The file behind a descriptor of a process; null when there is none.
    #[inline(always)]
    pub fn of_descriptor(task: Task, descriptor: i64) -> File {
        let files: u64 = member(task.address(), &at::TASK_FILES);
        let table: u64 = member(files, &at::FILES_FDT);
        let most: u32 = member(table, &at::FDTABLE_MAX);
        if descriptor < 0 || descriptor >= i64::from(most) {
            return File::at(0);
        }
        let slots: u64 = member(table, &at::FDTABLE_FD);
        File::at(kernel(slots.wrapping_add(descriptor as u64 * POINTER)))
    }

    /// Where it is.
    #[inline(always)]
    pub fn path(self) -> Path {
        Path::at(self.address().wrapping_add(at::value(&at::FILE_PATH)))
    }

    /// What it is.
    #[inline(always)]
    pub fn inode(self) -> Inode {
        Inode::at(member(self.address(), &at::FILE_INODE))
    }

    /// `FMODE_*` bits.
    #[inline(always)]
    pub fn mode(self) -> u32 {
        member(self.address(), &at::FILE_MODE)
    }

    /// References held; none or fewer when it is being freed.
    #[inline(always)]
    pub fn references(self) -> i64 {
        if at::present(&at::FILE_REF) {
            // counts from zero: 0 is one reference, negative is freed
            let more: i64 = member(self.address(), &at::FILE_REF);
            return more.wrapping_add(1);
        }
        member(self.address(), &at::FILE_COUNT)
    }

    /// `O_*` bits it was opened with.
    #[inline(always)]
    pub fn flags(self) -> u32 {
        member(self.address(), &at::FILE_FLAGS)
    }
}

#[allow(dead_code, reason = "one accessor for each member")]
impl Inode {
    /// Number, size, times, device, mode.
    #[inline(always)]
    pub fn identity(self) -> Identity {
        Identity {
            inode: self.number(),
            size: member(self.address(), &at::INODE_SIZE),
            mtime: self.time(&at::INODE_MTIME_SEC, &at::INODE_MTIME_NSEC),
            ctime: self.time(&at::INODE_CTIME_SEC, &at::INODE_CTIME_NSEC),
            device: self.device(),
            mode: self.mode(),
        }
    }

    /// Inode number.
    #[inline(always)]
    pub fn number(self) -> u64 {
        member(self.address(), &at::INODE_INO)
    }

    /// Size in bytes.
    #[inline(always)]
    pub fn size(self) -> u64 {
        member(self.address(), &at::INODE_SIZE)
    }

    /// Type and permission bits.
    #[inline(always)]
    pub fn mode(self) -> Mode {
        let mode: u16 = member(self.address(), &at::INODE_MODE);
        Mode(u32::from(mode))
    }

    /// Device of the file system.
    #[inline(always)]
    pub fn device(self) -> Device {
        Device(member(self.super_block(), &at::SB_DEV))
    }

    /// Magic number of the kind of file system.
    #[inline(always)]
    pub fn magic(self) -> u64 {
        member(self.super_block(), &at::SB_MAGIC)
    }

    /// Number of names.
    #[inline(always)]
    pub fn links(self) -> u32 {
        member(self.address(), &at::INODE_NLINK)
    }

    /// Owner.
    #[inline(always)]
    pub fn uid(self) -> u32 {
        member(self.address(), &at::INODE_UID)
    }

    /// Group.
    #[inline(always)]
    pub fn gid(self) -> u32 {
        member(self.address(), &at::INODE_GID)
    }

    /// Whether the file system stamps every change of content on the inode.
    #[inline(always)]
    pub fn stamps_changes(self) -> bool {
        const TMPFS: u64 = 0x0102_1994;
        const OVERLAY: u64 = 0x794c_7630;
        let device: u64 = member(self.super_block(), &at::SB_BDEV);
        let magic = self.magic();
        device != 0 || magic == TMPFS || magic == OVERLAY
    }

    /// Address of the file system.
    #[inline(always)]
    pub fn super_block(self) -> u64 {
        member(self.address(), &at::INODE_SB)
    }

    #[inline(always)]
    fn time(self, seconds: &'static u32, nanoseconds: &'static u32) -> Time {
        let seconds: u64 = member(self.address(), seconds);
        let nanoseconds: u32 = member(self.address(), nanoseconds);
        let nanoseconds = u64::from(nanoseconds) & NS_MASK;
        Time(seconds.wrapping_mul(NS_A_SECOND).wrapping_add(nanoseconds))
    }
}
