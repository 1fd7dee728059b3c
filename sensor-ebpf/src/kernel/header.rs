// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Fills the header every record begins with.
use crate::kernel::offsets as at;
use crate::kernel::typed::Typed;
use crate::kernel::{Task, clock, read};
use common::limits::COMM_BYTES;
use common::sockets::Owner;
use common::value::ProcessKey;
use common::wire::Header;

/// Everything about the current thread.
///
/// `len`, `sequence` and `flags` are the ring writer's.
#[inline(always)]
pub fn fill_current(header: &mut Header, kind: u32) {
    let task = Typed::current();
    let leader = task.follow(&at::TASK_LEADER);
    let parent = leader.follow(&at::TASK_PARENT);
    let cred = task.follow(&at::TASK_CRED);
    let ids = clock::current_ids();
    header.kind = kind;
    header.time_ns = clock::boot_ns();
    header.cgroup_id = clock::current_cgroup();
    header.process = ProcessKey { start_ns: leader.number(&at::TASK_START), pid: ids >> 32 };
    header.parent = ProcessKey {
        start_ns: parent.follow(&at::TASK_LEADER).number(&at::TASK_START),
        pid: u64::from(parent.number::<u32>(&at::TASK_TGID)),
    };
    header.cpu = clock::cpu();
    header.tid = ids as u32;
    let (number, namespace) = ns_pid(leader);
    header.ns_pid = number;
    header.pid_ns = namespace;
    header.mnt_ns =
        task.follow(&at::TASK_NSPROXY).follow(&at::NSPROXY_MNT).number(&at::MNT_NS_INUM);
    header.uid = cred.number(&at::CRED_UID);
    header.euid = cred.number(&at::CRED_EUID);
    header.gid = cred.number(&at::CRED_GID);
    header.loginuid = audit(task, &at::TASK_LOGINUID);
    header.session = audit(task, &at::TASK_SESSIONID);
    header.comm = comm(Task::current());
}

/// `u32::MAX` where this kernel keeps no audit numbers.
#[inline(always)]
fn audit(task: Typed, offset: &'static u32) -> u32 {
    if at::present(offset) { task.number(offset) } else { u32::MAX }
}

/// Number and namespace of a leader; in the initial namespace without a helper.
#[inline(always)]
fn ns_pid(leader: Typed) -> (u32, u32) {
    let pid = leader.follow(&at::TASK_THREAD_PID);
    if pid.number::<u32>(&at::PID_LEVEL) == 0 {
        let namespace: Typed = pid.follow_first(&at::PID_NUMBERS, &at::UPID_NS);
        return (pid.in_first(&at::PID_NUMBERS, &at::UPID_NR), namespace.number(&at::PID_NS_INUM));
    }
    let number = Task::current().leader().ns_pid();
    (number.number, number.inode)
}

/// The owner of a socket: the recorder knows the rest by the key.
#[inline(always)]
pub fn fill_owner(header: &mut Header, kind: u32, owner: &Owner) {
    header.kind = kind;
    header.time_ns = clock::boot_ns();
    header.process = owner.process;
    header.parent = owner.parent;
    header.cgroup_id = owner.cgroup_id;
    header.cpu = clock::cpu();
    header.tid = owner.tid;
    header.ns_pid = u32::MAX;
    header.pid_ns = u32::MAX;
    header.mnt_ns = u32::MAX;
    header.uid = u32::MAX;
    header.euid = u32::MAX;
    header.gid = u32::MAX;
    header.loginuid = u32::MAX;
    header.session = u32::MAX;
    header.comm = [0; COMM_BYTES];
}

/// Everything about another thread, for the inventory: any address, at the price of calls.
#[inline(always)]
pub fn fill_other(header: &mut Header, kind: u32, task: Task) {
    header.cgroup_id = task.cgroup();
    let leader = task.leader();
    let number = leader.ns_pid();
    let cred = task.cred();
    header.kind = kind;
    header.time_ns = clock::boot_ns();
    header.process = leader.key_of_leader();
    header.parent = leader.parent().key();
    header.cpu = clock::cpu();
    header.tid = task.tid();
    header.ns_pid = number.number;
    header.pid_ns = number.inode;
    header.mnt_ns = task.mnt_ns();
    header.uid = cred.uid();
    header.euid = cred.euid();
    header.gid = cred.gid();
    header.loginuid = task.loginuid();
    header.session = task.session();
    header.comm = comm(task);
}

/// The thread's name; what follows the first NUL is garbage on some kernels and is cleared.
#[inline(always)]
fn comm(task: Task) -> [u8; COMM_BYTES] {
    let words: [u64; 2] = read::member(task.address(), &at::TASK_COMM);
    let first = keep_before_nul(words[0]);
    let second = if first.1 { 0 } else { keep_before_nul(words[1]).0 };
    let mut out = [0; COMM_BYTES];
    out[..8].copy_from_slice(&first.0.to_le_bytes());
    out[8..].copy_from_slice(&second.to_le_bytes());
    out
}

/// Clears the bytes of a little-endian word from its first NUL on; says whether it had one.
#[inline(always)]
fn keep_before_nul(word: u64) -> (u64, bool) {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let nul = word.wrapping_sub(LOW) & !word & HIGH;
    if nul == 0 {
        return (word, false);
    }
    // the lowest set bit of `nul` is bit 7 of the first NUL byte
    let below = (nul ^ nul.wrapping_sub(1)) >> 8;
    (word & below, true)
}
