// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Numbers with names: each is one table that queries, outputs and help walk over.
use crate::value::{Type, Typed};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Declares a named number: a transparent integer, one constant a row, and the table.
macro_rules! names {
    ($($(#[doc = $about:literal])+ $name:ident($ty:ty) $kind:ident {
        $($id:literal $constant:ident $text:literal,)+
    })+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[repr(transparent)]
        pub struct $name(pub $ty);
        impl $name {
            $( #[doc = $text] pub const $constant: $name = $name(names!(@value $kind $id)); )+
            /// Every row: number (of the value or of the bit) and name.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($id, $text)),+];
        }
        impl Typed for $name {
            const TYPE: Type = Type::$kind(Self::NAMES);
            const ABSENT: Self = $name(names!(@absent $kind $ty));
        }
    )+ };
    (@value Name $id:literal) => { $id };
    (@value Flags $id:literal) => { 1 << $id };
    (@absent Name $ty:ty) => { <$ty>::MAX };
    (@absent Flags $ty:ty) => { 0 };
}

names! {
    /// The classes of product.md: what is switched, counted and shed together.
    Class(u32) Name {
        1 PROCESS "process",
        2 FILE "file",
        3 NETWORK "network",
        4 DNS "dns",
        5 IMAGE "image",
        7 SECURITY "security",
        8 RECORDER "recorder",
    }
    /// Where an event came from.
    Source(u32) Name {
        1 EBPF "ebpf",
        2 RECORDER "recorder",
        3 REPLAY "replay",
    }
    /// What is second-hand, cut or unusual about an event.
    EventFlags(u64) Flags {
        0 PATH_CUT "path_cut",
        1 ARGS_CUT "args_cut",
        2 AS_ASKED "as_asked",
        3 TORN "torn",
        4 UNREACHABLE "unreachable",
        5 DELETED "deleted",
        6 MEMFD "memfd",
        7 MAYBE "maybe",
        8 STILL_OPEN "still_open",
        9 SWEPT "swept",
        10 RESULT_UNKNOWN "result_unknown",
        11 IN_PROGRESS "in_progress",
        12 OWNER_ONLY "owner_only",
        13 INVENTORY "inventory",
        14 TRUNCATED_AT_OPEN "truncated_at_open",
        15 TMPFILE "tmpfile",
        16 EXCHANGE "exchange",
        17 CUT "cut",
        18 SCRIPT "script",
        19 PROCESS_UNKNOWN "process_unknown",
        20 TRAMPOLINE "trampoline",
        21 IO_URING "io_uring",
        22 PATH_UNKNOWN "path_unknown",
        23 OBJECT_UNKNOWN "object_unknown",
        24 OLD_UNKNOWN "old_unknown",
    }
    /// Who began a connection.
    Direction(u32) Name {
        1 OUTBOUND "outbound",
        2 INBOUND "inbound",
    }
    /// Transport protocols by IANA number.
    Transport(u32) Name {
        6 TCP "tcp",
        17 UDP "udp",
    }
    /// Address families as ECS spells them.
    NetworkType(u32) Name {
        4 IPV4 "ipv4",
        6 IPV6 "ipv6",
    }
    /// How a process began to write into another's memory.
    WriteMethod(u32) Name {
        1 PROCESS_VM_WRITEV "process_vm_writev",
        2 PROC_MEM "proc_mem",
    }
    /// What changed credentials or namespaces.
    Via(u32) Name {
        1 SETUID "setuid",
        2 SETGID "setgid",
        3 SETREUID "setreuid",
        4 SETREGID "setregid",
        5 SETRESUID "setresuid",
        6 SETRESGID "setresgid",
        7 SETFSUID "setfsuid",
        8 SETFSGID "setfsgid",
        9 CAPSET "capset",
        10 EXEC "exec",
        11 UNSHARE "unshare",
        12 SETNS "setns",
        13 CLONE "clone",
        14 OTHER "other",
        15 SETGROUPS "setgroups",
        16 PRCTL "prctl",
    }
    /// Namespaces joined or left, by bit of our own.
    Namespaces(u32) Flags {
        0 MOUNT "mnt",
        1 CGROUP "cgroup",
        2 UTS "uts",
        3 IPC "ipc",
        4 USER "user",
        5 PID "pid",
        6 NET "net",
        7 TIME "time",
    }
    /// Whether a DNS message asks or answers.
    DnsType(u32) Name {
        1 QUERY "query",
        2 ANSWER "answer",
    }
    /// Whether a kernel module came or went.
    ModuleChange(u32) Name {
        1 LOADED "loaded",
        2 REMOVED "removed",
    }
    /// What is done to a name, an inode or the mount tree.
    FileOperation(u32) Name {
        1 RENAME "rename",
        2 UNLINK "unlink",
        3 RMDIR "rmdir",
        4 MKDIR "mkdir",
        5 MKNOD "mknod",
        6 LINK "link",
        7 SYMLINK "symlink",
        8 MODE "mode",
        9 OWNER "owner",
        10 TRUNCATE "truncate",
        11 SET_ATTRIBUTE "set_attribute",
        12 REMOVE_ATTRIBUTE "remove_attribute",
        13 SET_FLAGS "set_flags",
        14 CREATE "create",
        20 MOUNT "mount",
        21 UMOUNT "umount",
        22 MOVE_MOUNT "move_mount",
        23 FSMOUNT "fsmount",
        24 MOUNT_SETATTR "mount_setattr",
        25 PIVOT_ROOT "pivot_root",
    }
    /// Which attribute of a file changed.
    AttributeOperation(u32) Name {
        1 SET "set",
        2 REMOVE "remove",
    }
    /// Capabilities by number, as in capability.h.
    Capabilities(u64) Flags {
        0 CHOWN "chown",
        1 DAC_OVERRIDE "dac_override",
        2 DAC_READ_SEARCH "dac_read_search",
        3 FOWNER "fowner",
        4 FSETID "fsetid",
        5 KILL "kill",
        6 SETGID "setgid",
        7 SETUID "setuid",
        8 SETPCAP "setpcap",
        9 LINUX_IMMUTABLE "linux_immutable",
        10 NET_BIND_SERVICE "net_bind_service",
        11 NET_BROADCAST "net_broadcast",
        12 NET_ADMIN "net_admin",
        13 NET_RAW "net_raw",
        14 IPC_LOCK "ipc_lock",
        15 IPC_OWNER "ipc_owner",
        16 SYS_MODULE "sys_module",
        17 SYS_RAWIO "sys_rawio",
        18 SYS_CHROOT "sys_chroot",
        19 SYS_PTRACE "sys_ptrace",
        20 SYS_PACCT "sys_pacct",
        21 SYS_ADMIN "sys_admin",
        22 SYS_BOOT "sys_boot",
        23 SYS_NICE "sys_nice",
        24 SYS_RESOURCE "sys_resource",
        25 SYS_TIME "sys_time",
        26 SYS_TTY_CONFIG "sys_tty_config",
        27 MKNOD "mknod",
        28 LEASE "lease",
        29 AUDIT_WRITE "audit_write",
        30 AUDIT_CONTROL "audit_control",
        31 SETFCAP "setfcap",
        32 MAC_OVERRIDE "mac_override",
        33 MAC_ADMIN "mac_admin",
        34 SYSLOG "syslog",
        35 WAKE_ALARM "wake_alarm",
        36 BLOCK_SUSPEND "block_suspend",
        37 AUDIT_READ "audit_read",
        38 PERFMON "perfmon",
        39 BPF "bpf",
        40 CHECKPOINT_RESTORE "checkpoint_restore",
    }
    /// Signals by number on x86-64 and arm64.
    SignalNumber(u32) Name {
        1 HUP "SIGHUP",
        2 INT "SIGINT",
        3 QUIT "SIGQUIT",
        4 ILL "SIGILL",
        5 TRAP "SIGTRAP",
        6 ABRT "SIGABRT",
        7 BUS "SIGBUS",
        8 FPE "SIGFPE",
        9 KILL "SIGKILL",
        10 USR1 "SIGUSR1",
        11 SEGV "SIGSEGV",
        12 USR2 "SIGUSR2",
        13 PIPE "SIGPIPE",
        14 ALRM "SIGALRM",
        15 TERM "SIGTERM",
        17 CHLD "SIGCHLD",
        18 CONT "SIGCONT",
        19 STOP "SIGSTOP",
        20 TSTP "SIGTSTP",
    }
    /// ptrace requests that attach or take control.
    PtraceRequest(u32) Name {
        0 TRACEME "traceme",
        4 POKETEXT "poketext",
        5 POKEDATA "pokedata",
        6 POKEUSER "pokeuser",
        13 SETREGS "setregs",
        15 SETFPREGS "setfpregs",
        16 ATTACH "attach",
        16901 SETREGSET "setregset",
        16902 SEIZE "seize",
    }
    /// Container runtimes told apart by their cgroup names.
    Runtime(u32) Name {
        1 DOCKER "docker",
        2 CONTAINERD "containerd",
        3 PODMAN "podman",
        4 KUBERNETES "kubernetes",
        5 CRIO "cri-o",
        6 LXC "lxc",
        7 NSPAWN "systemd-nspawn",
    }
    /// eBPF program types by number.
    BpfProgramType(u32) Name {
        0 UNSPEC "unspec",
        1 SOCKET_FILTER "socket_filter",
        2 KPROBE "kprobe",
        3 SCHED_CLS "sched_cls",
        4 SCHED_ACT "sched_act",
        5 TRACEPOINT "tracepoint",
        6 XDP "xdp",
        7 PERF_EVENT "perf_event",
        8 CGROUP_SKB "cgroup_skb",
        9 CGROUP_SOCK "cgroup_sock",
        10 LWT_IN "lwt_in",
        11 LWT_OUT "lwt_out",
        12 LWT_XMIT "lwt_xmit",
        13 SOCK_OPS "sock_ops",
        14 SK_SKB "sk_skb",
        15 CGROUP_DEVICE "cgroup_device",
        16 SK_MSG "sk_msg",
        17 RAW_TRACEPOINT "raw_tracepoint",
        18 CGROUP_SOCK_ADDR "cgroup_sock_addr",
        19 LWT_SEG6LOCAL "lwt_seg6local",
        20 LIRC_MODE2 "lirc_mode2",
        21 SK_REUSEPORT "sk_reuseport",
        22 FLOW_DISSECTOR "flow_dissector",
        23 CGROUP_SYSCTL "cgroup_sysctl",
        24 RAW_TRACEPOINT_WRITABLE "raw_tracepoint_writable",
        25 CGROUP_SOCKOPT "cgroup_sockopt",
        26 TRACING "tracing",
        27 STRUCT_OPS "struct_ops",
        28 EXT "ext",
        29 LSM "lsm",
        30 SK_LOOKUP "sk_lookup",
        31 SYSCALL "syscall",
        32 NETFILTER "netfilter",
    }
}
