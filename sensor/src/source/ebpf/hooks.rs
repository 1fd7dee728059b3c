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
    /// Entry of the first of these functions that the kernel has.
    FirstEntry(&'static [&'static str]),
    /// Exit of a kernel function.
    Exit(&'static str),
    /// Exits (or entries) of system calls, handed on by number; see `calls`.
    Calls(&'static [&'static str]),
    /// Run by the recorder over every task.
    Iterator(&'static str),
    /// Every packet that leaves a socket, at the root of cgroup2.
    Egress,
    /// Every packet that reaches a socket, at the root of cgroup2.
    Ingress,
    /// What a process does to a socket, at the root of cgroup2.
    Socket(&'static str),
    /// Run by the recorder when it wants to: loaded, attached nowhere.
    Sweep,
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

const IO_URING: &str = "io_uring (counted as lost)";
const MPROTECT: &str = "a shared mapping made writable later, by mprotect";
const OBJECTS: &str = "without its security_* hook: the object, its old values, links in the path";
const RACES: &str = "without its security_* hook: a path changed by another thread meanwhile";
const AS_ASKED: &str = "the path is as asked, the inode is known";

/// System calls on names and inodes.
const PATH_CALLS: &[&str] = &[
    "sys_exit_rename",
    "sys_exit_renameat",
    "sys_exit_renameat2",
    "sys_exit_unlink",
    "sys_exit_unlinkat",
    "sys_exit_rmdir",
    "sys_exit_mkdir",
    "sys_exit_mkdirat",
    "sys_exit_mknod",
    "sys_exit_mknodat",
    "sys_exit_link",
    "sys_exit_linkat",
    "sys_exit_symlink",
    "sys_exit_symlinkat",
    "sys_exit_chmod",
    "sys_exit_fchmod",
    "sys_exit_fchmodat",
    "sys_exit_fchmodat2",
    "sys_exit_chown",
    "sys_exit_fchown",
    "sys_exit_lchown",
    "sys_exit_fchownat",
    "sys_exit_truncate",
    "sys_exit_ftruncate",
    "sys_exit_setxattr",
    "sys_exit_lsetxattr",
    "sys_exit_fsetxattr",
    "sys_exit_setxattrat",
    "sys_exit_removexattr",
    "sys_exit_lremovexattr",
    "sys_exit_fremovexattr",
    "sys_exit_removexattrat",
    "sys_exit_file_setattr",
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
    "write" "create_file_open" TRAMPOLINE required [Create] Point::Entry("security_file_open"),
        needs ["path" "file"], blind [];
    "write" "dirty_permission" TRAMPOLINE required [Dirty]
        Point::Entry("security_file_permission"), needs ["path" "file"],
        blind ["a change that failed on a file system without change times counts as made"];
    "write" "dirty_truncate" TRAMPOLINE optional [Dirty]
        Point::Entry("security_file_truncate"), needs ["path" "file"], blind [];
    "write" "write_release" TRAMPOLINE required [Write]
        Point::FirstEntry(&["security_file_release", "locks_remove_file"]), needs ["path" "file"],
        blind [];
    "write" "write_map_attempt" TRAMPOLINE required [Write]
        Point::Entry("security_mmap_file"), needs ["path" "file"], blind [MPROTECT];
    "write" "create_refused" TRAMPOLINE optional [PathOp] Point::Calls(&["sys_exit_open",
        "sys_exit_openat", "sys_exit_openat2", "sys_exit_creat"]), needs ["path" "file"],
        blind [COMPAT];
    "write" "outcome_io_uring" TRAMPOLINE optional [Outcome] Point::Raw("io_uring_complete"),
        needs ["path" "file"], blind [];
    "write" "create_open" TRACEPOINT required [Create PathOp] Point::Calls(&["sys_exit_open",
        "sys_exit_openat", "sys_exit_openat2", "sys_exit_creat"]), needs ["path" "file"],
        blind [COMPAT, IO_URING];
    "write" "dirty_write" TRACEPOINT required [Dirty] Point::Calls(&["sys_exit_write",
        "sys_exit_pwrite64", "sys_exit_writev", "sys_exit_pwritev", "sys_exit_pwritev2",
        "sys_exit_sendfile64"]), needs ["path" "file"],
        blind [COMPAT, IO_URING, "writes of the kernel itself"];
    "write" "dirty_copy" TRACEPOINT required [Dirty] Point::Calls(&["sys_exit_splice",
        "sys_exit_copy_file_range"]), needs ["path" "file"], blind [COMPAT, IO_URING];
    "write" "dirty_size" TRACEPOINT required [Dirty] Point::Calls(&["sys_exit_fallocate",
        "sys_exit_ftruncate"]), needs ["path" "file"], blind [COMPAT, IO_URING];
    "write" "write_close" TRACEPOINT required [Write] Point::Calls(&["sys_enter_close"]),
        needs ["path" "file"], blind ["who closed a file by exit, exec or close_range"];
    "write" "write_dup" TRACEPOINT optional [Write]
        Point::Calls(&["sys_enter_dup2", "sys_enter_dup3"]), needs ["path" "file"], blind [COMPAT];
    "write" "write_map" TRACEPOINT required [Write] Point::Calls(&["sys_exit_mmap"]),
        needs ["path" "file"], blind [COMPAT, MPROTECT];
    "write" "dirty_io_uring" TRACEPOINT optional [Dirty] Point::Raw("io_uring_submit_req"),
        needs ["path" "file" "io_uring"], blind [];
    "write" "write_sweep" BOTH required [Write] Point::Sweep, needs ["path" "file"], blind [];
    "path_op" "path_op_rename" BOTH optional [PathOp] Point::Entry("security_path_rename"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_unlink" BOTH optional [PathOp] Point::Entry("security_path_unlink"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_rmdir" BOTH optional [PathOp] Point::Entry("security_path_rmdir"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_mkdir" BOTH optional [PathOp] Point::Entry("security_path_mkdir"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_mknod" BOTH optional [PathOp] Point::Entry("security_path_mknod"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_symlink" BOTH optional [PathOp] Point::Entry("security_path_symlink"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_link" BOTH optional [PathOp] Point::Entry("security_path_link"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_chmod" BOTH optional [PathOp] Point::Entry("security_path_chmod"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_chown" BOTH optional [PathOp] Point::Entry("security_path_chown"),
        needs ["path" "file"], blind [];
    "path_op" "path_op_truncate" BOTH optional [PathOp]
        Point::Entry("security_path_truncate"), needs ["path" "file"], blind [];
    "path_op" "path_op_file_truncate" BOTH optional [PathOp]
        Point::Entry("security_file_truncate"), needs ["path" "file"], blind [];
    "path_op" "path_op_setxattr" BOTH optional [PathOp]
        Point::Entry("security_inode_setxattr"), needs ["path" "file"], blind [AS_ASKED];
    "path_op" "path_op_removexattr" BOTH optional [PathOp]
        Point::Entry("security_inode_removexattr"), needs ["path" "file"], blind [AS_ASKED];
    "path_op" "path_op_set_acl" BOTH optional [PathOp]
        Point::Entry("security_inode_set_acl"), needs ["path" "file"], blind [AS_ASKED];
    "path_op" "path_op_remove_acl" BOTH optional [PathOp]
        Point::Entry("security_inode_remove_acl"), needs ["path" "file"], blind [AS_ASKED];
    "path_op" "path_op_exit" BOTH required [PathOp Outcome] Point::Calls(PATH_CALLS),
        needs ["path" "file"], blind [COMPAT, OBJECTS, IO_URING, RACES];
    "path_op" "path_op_ioctl" BOTH optional [PathOp] Point::Calls(&["sys_exit_ioctl"]),
        needs ["path" "file"], blind [COMPAT];
    "mount" "mount_mount" BOTH optional [Mount] Point::Entry("security_sb_mount"),
        needs ["path"], blind [];
    "mount" "mount_umount" BOTH optional [Mount] Point::Entry("security_sb_umount"),
        needs ["path"], blind [];
    "mount" "mount_move" BOTH optional [Mount] Point::Entry("security_move_mount"),
        needs ["path"], blind [];
    "mount" "mount_pivot" BOTH optional [Mount] Point::Entry("security_sb_pivotroot"),
        needs ["path"], blind [];
    "mount" "mount_exit" BOTH required [Mount Outcome] Point::Calls(&["sys_exit_mount",
        "sys_exit_umount", "sys_exit_move_mount", "sys_exit_fsmount", "sys_exit_mount_setattr",
        "sys_exit_pivot_root"]), needs ["path" "file"], blind [COMPAT, RACES];
};
