// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Which kinds of namespaces: from flags, from a descriptor, from two processes.
use crate::kernel::offsets as at;
use crate::kernel::read::member;
use crate::kernel::{File, Pid, Task};
use common::names::Namespaces;

const NSFS_MAGIC: u64 = 0x6e73_6673;
/// `CLONE_NEW*` and our names.
const FLAGS: [(u64, Namespaces); 8] = [
    (0x0002_0000, Namespaces::MOUNT),
    (0x0200_0000, Namespaces::CGROUP),
    (0x0400_0000, Namespaces::UTS),
    (0x0800_0000, Namespaces::IPC),
    (0x1000_0000, Namespaces::USER),
    (0x2000_0000, Namespaces::PID),
    (0x4000_0000, Namespaces::NET),
    (0x0000_0080, Namespaces::TIME),
];

/// The kinds `CLONE_NEW*` bits name.
#[inline(always)]
pub fn kinds_of_flags(flags: u64) -> Namespaces {
    let mut kinds = 0;
    for (flag, kind) in FLAGS {
        if flags & flag != 0 {
            kinds |= kind.0;
        }
    }
    Namespaces(kinds)
}

/// The `CLONE_NEW*` bit of the namespace behind a descriptor; 0 when it is none.
#[inline(always)]
pub fn flag_of_file(file: File) -> u64 {
    let inode = file.inode();
    if inode.magic() != NSFS_MAGIC {
        return 0;
    }
    let common: u64 = member(inode.address(), &at::INODE_PRIVATE);
    let flag: u32 = if at::present(&at::NS_COMMON_TYPE) {
        member(common, &at::NS_COMMON_TYPE)
    } else if at::present(&at::NS_COMMON_OPS) && at::present(&at::NS_OPS_TYPE) {
        member(member(common, &at::NS_COMMON_OPS), &at::NS_OPS_TYPE)
    } else {
        0
    };
    u64::from(flag)
}

/// The kinds in which a child differs from its maker.
#[inline(always)]
pub fn differing(maker: Task, child: Task) -> Namespaces {
    let (before, after) = (maker.namespaces(), child.namespaces());
    let mut kinds = 0;
    if before != after {
        let mut compare = |offset, kind: Namespaces| {
            let (old, new): (u64, u64) = (member(before, offset), member(after, offset));
            if old != new {
                kinds |= kind.0;
            }
        };
        compare(&at::NSPROXY_MNT, Namespaces::MOUNT);
        compare(&at::NSPROXY_CGROUP, Namespaces::CGROUP);
        compare(&at::NSPROXY_UTS, Namespaces::UTS);
        compare(&at::NSPROXY_IPC, Namespaces::IPC);
        compare(&at::NSPROXY_PID, Namespaces::PID);
        compare(&at::NSPROXY_NET, Namespaces::NET);
        if at::present(&at::NSPROXY_TIME) {
            compare(&at::NSPROXY_TIME, Namespaces::TIME);
        }
    }
    if maker.cred().user_ns() != child.cred().user_ns() {
        kinds |= Namespaces::USER.0;
    }
    Namespaces(kinds)
}

impl Task {
    /// `struct nsproxy`.
    #[inline(always)]
    fn namespaces(self) -> u64 {
        member(self.address(), &at::TASK_NSPROXY)
    }
}

impl Pid {
    /// The process a file under `/proc/PID` is about; null where it cannot be told.
    #[inline(always)]
    pub fn of_proc_file(file: File) -> Pid {
        if !at::present(&at::PROC_INODE_VFS) || !at::present(&at::PROC_INODE_PID) {
            return Pid::at(0);
        }
        let outer = file.inode().address().wrapping_sub(at::value(&at::PROC_INODE_VFS));
        Pid::at(member(outer, &at::PROC_INODE_PID))
    }
}
