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
    #[allow(dead_code, reason = "the trampoline rows of the table use it")]
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

/// What every tracepoint of system calls is blind to.
const COMPAT: &str = "32-bit system calls";

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
    "fork" "fork" BOTH required [Fork] Point::Raw("sched_process_fork"), needs [], blind [];
    "exit" "exit" BOTH required [Exit] Point::Raw("sched_process_exit"),
        needs ["exit"], blind [];
    "inventory" "inventory" BOTH required [Inventory] Point::Iterator("task"),
        needs ["path" "file" "cred" "exec"], blind [];
};
