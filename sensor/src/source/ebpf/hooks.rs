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
    #[allow(dead_code, reason = "the trampoline rows of the table use it")]
    Exit(&'static str),
    /// Tracepoints `syscalls/NAME`; those this kernel does not have are left out.
    Calls(&'static [&'static str]),
    /// Run by the recorder over every task.
    Iterator(&'static str),
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
};
