// SPDX-License-Identifier: Apache-2.0
//! The table of programs: where each is attached, in which tier, and what it cannot see.
//!
//! Programs of one feature belong together. Of a feature with two tiers the trampoline programs
//! are tried first; if one that is required is refused, all of them are taken back and the
//! tracepoint programs are used.
use crate::source::Tier;
use common::wire::Wire;

/// Where a program is attached.
#[derive(Clone, Copy, Debug)]
pub enum Point {
    /// `tp_btf`: a raw tracepoint with typed arguments.
    Raw(&'static str),
    /// Entry of a kernel function.
    Entry(&'static str),
    /// Exit of a kernel function.
    Exit(&'static str),
    /// Tracepoints `syscalls/NAME`; those this kernel does not have are left out.
    Calls(&'static [&'static str]),
    /// Run by the recorder over every task.
    Iterator(&'static str),
    /// Every packet that leaves a socket, at the root of cgroup2.
    Egress,
    /// Every packet that reaches a socket, at the root of cgroup2.
    Ingress,
    /// What a process does to a socket, at the root of cgroup2.
    Socket(&'static str),
}

/// One program.
pub struct Hook {
    /// What it serves: the name of a probe's file.
    pub feature: &'static str,
    /// Name of the function in the object.
    pub program: &'static str,
    /// Which tier it belongs to.
    pub tier: Tier,
    /// Whether its feature is useless without it.
    pub required: bool,
    /// Records it makes.
    pub wires: &'static [Wire],
    /// Where it is attached.
    pub point: Point,
    /// Groups of `common::offsets` it reads; `task` goes without saying.
    pub needs: &'static [&'static str],
    /// What it cannot see.
    pub blind: &'static [&'static str],
}

const BOTH: Tier = Tier::Both;
const TRAMPOLINE: Tier = Tier::Trampoline;
const TRACEPOINT: Tier = Tier::Tracepoint;

/// What every tracepoint of system calls is blind to.
const COMPAT: &str = "32-bit system calls";

/// Calls that change credentials, before.
const CRED_ENTRIES: &[&str] = &[
    "sys_enter_setuid",
    "sys_enter_setgid",
    "sys_enter_setreuid",
    "sys_enter_setregid",
    "sys_enter_setresuid",
    "sys_enter_setresgid",
    "sys_enter_setfsuid",
    "sys_enter_setfsgid",
    "sys_enter_setgroups",
    "sys_enter_capset",
];

/// Calls that change credentials, after.
const CRED_EXITS: &[&str] = &[
    "sys_exit_setuid",
    "sys_exit_setgid",
    "sys_exit_setreuid",
    "sys_exit_setregid",
    "sys_exit_setresuid",
    "sys_exit_setresgid",
    "sys_exit_setfsuid",
    "sys_exit_setfsgid",
    "sys_exit_setgroups",
    "sys_exit_capset",
];

macro_rules! hooks {
    ($($feature:literal $program:literal $tier:ident $need:ident [$($wire:ident)*]
       $point:expr, needs [$($group:literal)*], blind [$($blind:expr),*];)+) => {
        &[$( Hook {
            feature: $feature,
            program: $program,
            tier: $tier,
            required: hooks!(@ $need),
            wires: &[$(Wire::$wire),*],
            point: $point,
            needs: &[$($group),*],
            blind: &[$($blind),*],
        } ),+]
    };
    (@ required) => { true };
    (@ optional) => { false };
}

/// Every program of the object.
pub const HOOKS: &[Hook] = hooks! {
    "exec" "exec" BOTH required [Exec] Point::Raw("sched_process_exec"),
        needs ["path" "file" "cred" "exec"], blind [];
    "exec" "exec_failed" BOTH optional [Exec] Point::Calls(&["sys_exit_execve"]),
        needs ["path"], blind [COMPAT, "failures with ENOENT or ENOTDIR (searches through PATH)"];
    "exec" "exec_failed_at" BOTH optional [Exec] Point::Calls(&["sys_exit_execveat"]),
        needs ["path"], blind [COMPAT, "failures with ENOENT or ENOTDIR (searches through PATH)"];
    "fork" "fork" BOTH required [Fork Namespace] Point::Raw("sched_process_fork"),
        needs ["cred" "namespace"], blind [];
    "exit" "exit" BOTH required [Exit] Point::Raw("sched_process_exit"),
        needs ["exit"], blind [];
    "inventory" "inventory" BOTH required [Inventory] Point::Iterator("task"),
        needs ["path" "file" "cred" "exec"], blind [];
    "cred" "cred_commit" TRAMPOLINE required [Cred] Point::Entry("commit_creds"),
        needs ["cred"], blind [];
    "cred" "cred_refused" TRAMPOLINE optional [Cred] Point::Calls(CRED_EXITS),
        needs ["cred"], blind [COMPAT];
    "cred" "cred_enter" TRACEPOINT required [] Point::Calls(CRED_ENTRIES),
        needs ["cred"], blind [COMPAT];
    "cred" "cred_exit" TRACEPOINT required [Cred] Point::Calls(CRED_EXITS),
        needs ["cred"], blind [COMPAT, "prctl", "capabilities gained in a new user namespace"];
    "ptrace" "ptrace" BOTH required [Ptrace] Point::Calls(&["sys_exit_ptrace"]),
        needs ["pid"], blind [COMPAT];
    "process_write" "process_write" BOTH required [ProcessWrite]
        Point::Calls(&["sys_exit_process_vm_writev"]),
        needs ["pid"], blind [COMPAT, "when something was written through /proc/PID/mem"];
    "kill" "kill" BOTH required [Kill] Point::Raw("signal_generate"),
        needs ["kill"], blind ["signals by root"];
    "kill" "kill_refused" BOTH optional [Kill]
        Point::Calls(&["sys_exit_kill", "sys_exit_tkill", "sys_exit_tgkill"]),
        needs ["pid"], blind [COMPAT];
    "namespace" "namespace_unshare" BOTH required [Namespace] Point::Calls(&["sys_exit_unshare"]),
        needs ["file" "namespace"], blind [COMPAT, "a refused clone"];
    "namespace" "namespace_join" BOTH required [Namespace] Point::Calls(&["sys_exit_setns"]),
        needs ["file" "namespace"], blind [COMPAT];
    "tcp" "tcp" BOTH required [Connect Connected Listen Close] Point::Raw("inet_sock_set_state"),
        needs ["sock"], blind ["connections that began before the recorder"];
    "connect" "connect" TRAMPOLINE required [Connect] Point::Exit("inet_stream_connect"),
        needs ["sock"], blind ["a connect refused by a security module"];
    "connect" "connect_exit" TRACEPOINT required [Connect] Point::Calls(&["sys_exit_connect"]),
        needs ["sock" "file"], blind [COMPAT, "early failures of connects through io_uring"];
    "accept" "accept" TRAMPOLINE required [Accept] Point::Exit("inet_csk_accept"),
        needs ["sock"], blind [];
    "accept" "accept_exit" TRACEPOINT required [Accept]
        Point::Calls(&["sys_exit_accept", "sys_exit_accept4"]),
        needs ["sock" "file"], blind [COMPAT, "accepts through io_uring"];
    "udp" "udp_out" BOTH required [Udp Dns] Point::Egress, needs ["sock"], blind [];
    "udp" "udp_in" BOTH required [Udp Dns] Point::Ingress, needs ["sock"], blind [];
    "udp" "udp_made" BOTH required [Udp] Point::Socket("sock_create"),
        needs ["sock"], blind ["sockets made before the recorder", "sockets of the kernel"];
    "udp" "udp_gone" BOTH required [Udp] Point::Socket("sock_release"), needs ["sock"], blind [];
    "map" "map" TRAMPOLINE required [Map] Point::Exit("security_mmap_file"),
        needs ["path" "file" "exec" "image"], blind [];
    "map" "map_protect" TRAMPOLINE optional [Map] Point::Exit("security_file_mprotect"),
        needs ["path" "file" "exec" "image"], blind [];
    "map" "map_exit" TRACEPOINT required [Map] Point::Calls(&["sys_exit_mmap"]),
        needs ["path" "file" "exec" "image"], blind [COMPAT];
    "map" "map_protect_exit" TRACEPOINT optional [Map] Point::Calls(&["sys_exit_mprotect"]),
        needs ["path" "file" "exec" "image"],
        blind [COMPAT, "of one mprotect over several mappings, all but the first"];
    "module" "module_file" BOTH optional [Module] Point::Entry("security_kernel_read_file"),
        needs ["path" "file" "module"], blind ["modules loaded from memory have no file"];
    "module" "module_load" BOTH required [Module] Point::Raw("module_load"),
        needs ["path" "file" "module"], blind [];
    "module" "module_free" BOTH required [Module] Point::Raw("module_free"),
        needs ["path" "file" "module"], blind [];
    "bpf" "bpf" BOTH required [Bpf] Point::Calls(&["sys_exit_bpf"]),
        needs ["file" "sock" "bpf"], blind [COMPAT];
};
