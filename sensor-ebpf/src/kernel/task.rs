// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Threads and processes: keys, numbers, namespaces, and from a number back to a process.
use crate::kernel::offsets as at;
use crate::kernel::read::{kernel, mask, member};
use crate::kernel::{Cred, Mm, Pid, Task};
use aya_ebpf::helpers::generated as helpers;
use common::value::ProcessKey;

/// A process number inside the pid namespace it lives in, and that namespace.
#[derive(Clone, Copy)]
pub struct NsPid {
    /// The number.
    pub number: u32,
    /// Inode of the namespace.
    pub inode: u32,
    /// `struct pid_namespace`.
    namespace: u64,
}

impl Task {
    /// The thread this program interrupts or serves.
    #[inline(always)]
    pub fn current() -> Task {
        // SAFETY: no argument.
        Task::at(unsafe { helpers::bpf_get_current_task() })
    }

    /// Its process's first thread, which carries the process's identity.
    #[inline(always)]
    pub fn leader(self) -> Task {
        Task::at(member(self.address(), &at::TASK_LEADER))
    }

    /// The process that made it (or adopted it).
    #[inline(always)]
    pub fn parent(self) -> Task {
        Task::at(member(self.address(), &at::TASK_PARENT))
    }

    /// Process id in the initial namespace.
    #[inline(always)]
    pub fn tgid(self) -> u32 {
        member(self.address(), &at::TASK_TGID)
    }

    /// Thread id in the initial namespace.
    #[inline(always)]
    pub fn tid(self) -> u32 {
        member(self.address(), &at::TASK_PID)
    }

    /// `PF_*` bits.
    #[inline(always)]
    pub fn flags(self) -> u32 {
        member(self.address(), &at::TASK_FLAGS)
    }

    /// The process, for ever.
    #[inline(always)]
    pub fn key(self) -> ProcessKey {
        self.leader().key_of_leader()
    }

    /// [`Task::key`] of a thread known to be a leader.
    #[inline(always)]
    pub fn key_of_leader(self) -> ProcessKey {
        ProcessKey {
            start_ns: member(self.address(), &at::TASK_START),
            pid: u64::from(self.tgid()),
        }
    }

    /// Its process's number in the namespace it lives in; `self` must be a leader.
    #[inline(always)]
    pub fn ns_pid(self) -> NsPid {
        Pid::at(member(self.address(), &at::TASK_THREAD_PID)).innermost()
    }

    /// Inode of the mount namespace; 0 once the thread gave its namespaces up.
    #[inline(always)]
    pub fn mnt_ns(self) -> u32 {
        let proxy: u64 = member(self.address(), &at::TASK_NSPROXY);
        member(member(proxy, &at::NSPROXY_MNT), &at::MNT_NS_INUM)
    }

    /// Credentials it acts with.
    #[inline(always)]
    pub fn cred(self) -> Cred {
        Cred::at(member(self.address(), &at::TASK_CRED))
    }

    /// Its memory; null for kernel threads and from half-way through exit.
    #[inline(always)]
    pub fn mm(self) -> Mm {
        Mm::at(member(self.address(), &at::TASK_MM))
    }

    /// Audit login user, `u32::MAX` when unset or not kept by this kernel.
    #[inline(always)]
    pub fn loginuid(self) -> u32 {
        if at::present(&at::TASK_LOGINUID) {
            member(self.address(), &at::TASK_LOGINUID)
        } else {
            u32::MAX
        }
    }

    /// Audit session, `u32::MAX` when unset or not kept by this kernel.
    #[inline(always)]
    pub fn session(self) -> u32 {
        if at::present(&at::TASK_SESSIONID) {
            member(self.address(), &at::TASK_SESSIONID)
        } else {
            u32::MAX
        }
    }

    /// How many programs the thread has begun, modulo 2^32.
    #[inline(always)]
    pub fn program_count(self) -> u32 {
        member(self.address(), &at::TASK_EXEC_ID)
    }

    /// cgroup v2 id of a thread that is not the current one; absent when it cannot be told.
    #[inline(always)]
    pub fn cgroup(self) -> u64 {
        if !at::present(&at::CSS_SET_DEFAULT) || !at::present(&at::KN_ID) {
            return u64::MAX;
        }
        let set: u64 = member(self.address(), &at::TASK_CGROUPS);
        let group: u64 = member(set, &at::CSS_SET_DEFAULT);
        member(member(group, &at::CGROUP_KN), &at::KN_ID)
    }

    /// The process with this number as the current thread counts them; null when there is none.
    #[inline(always)]
    pub fn numbered(number: u32) -> Task {
        let here = Task::current().leader().ns_pid();
        Pid::lookup(here.namespace, number).task()
    }
}

impl Pid {
    /// Its number in the deepest namespace it is visible in.
    #[inline(always)]
    pub fn innermost(self) -> NsPid {
        let level: u32 = member(self.address(), &at::PID_LEVEL);
        let level = mask::<31>(u64::from(level));
        let numbers = self.address().wrapping_add(at::value(&at::PID_NUMBERS));
        let upid = numbers.wrapping_add(level.wrapping_mul(at::value(&at::UPID_SIZE)));
        let namespace: u64 = member(upid, &at::UPID_NS);
        NsPid {
            number: member(upid, &at::UPID_NR),
            inode: member(namespace, &at::PID_NS_INUM),
            namespace,
        }
    }

    /// Finds a number in a pid namespace's table, an xarray.
    #[inline(always)]
    fn lookup(namespace: u64, number: u32) -> Pid {
        const INTERNAL: u64 = 2;
        const LEVELS: u32 = 6;
        const SLOT_BITS: u64 = 63;
        let mut entry: u64 = member(namespace, &at::PID_NS_IDR);
        let mut level = 0;
        while level < LEVELS && entry & 3 == INTERNAL {
            let node = entry & !3;
            let shift: u8 = member(node, &at::XA_NODE_SHIFT);
            let slot = (u64::from(number) >> (u64::from(shift) & 31)) & SLOT_BITS;
            let slots = node.wrapping_add(at::value(&at::XA_NODE_SLOTS));
            entry = kernel(slots.wrapping_add(slot * 8));
            level += 1;
        }
        if entry & 3 != 0 || Pid::at(entry).innermost_is_not(namespace, number) {
            return Pid::at(0);
        }
        Pid::at(entry)
    }

    /// A table with one entry holds number 0 only: any other number would find it too.
    #[inline(always)]
    fn innermost_is_not(self, namespace: u64, number: u32) -> bool {
        let found = self.innermost();
        found.namespace == namespace && found.number != number
    }

    /// The thread with this number; null when there is none.
    #[inline(always)]
    pub fn task(self) -> Task {
        let first: u64 = member(self.address(), &at::PID_TASKS);
        if self.is_null() || first == 0 {
            return Task::at(0);
        }
        Task::at(first.wrapping_sub(at::value(&at::TASK_PID_LINKS)))
    }
}
