// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Kernel structure members the probes read: one table for both sides.
//!
//! Rust has no CO-RE relocations, so the kernel side declares one constant for each row and the
//! loader writes the running kernel's offset into it before the program is verified. `u32::MAX`
//! is "this kernel has no such member"; a program whose group misses a required row is not loaded.

/// Value of an offset the running kernel does not have.
pub const ABSENT: u32 = u32::MAX;

/// Calls `$use! { NAME group need "struct" "member|older name", … }` with the whole table.
///
/// Members are dotted paths through named and anonymous members; alternatives are tried from the
/// left; an empty path is the size of the structure. `need` is `required` or `optional`.
#[macro_export]
macro_rules! offsets {
    ($use:ident) => {
        $use! {
            // who: the header of every record
            TASK_TGID task required "task_struct" "tgid",
            TASK_PID task required "task_struct" "pid",
            TASK_LEADER task required "task_struct" "group_leader",
            TASK_PARENT task required "task_struct" "real_parent",
            TASK_START task required "task_struct" "start_boottime|real_start_time",
            TASK_COMM task required "task_struct" "comm",
            TASK_CRED task required "task_struct" "cred",
            TASK_NSPROXY task required "task_struct" "nsproxy",
            TASK_THREAD_PID task required "task_struct" "thread_pid",
            TASK_FLAGS task required "task_struct" "flags",
            TASK_LOGINUID task optional "task_struct" "loginuid",
            TASK_SESSIONID task optional "task_struct" "sessionid",
            TASK_CGROUPS task optional "task_struct" "cgroups",
            CSS_SET_DEFAULT task optional "css_set" "dfl_cgrp",
            CGROUP_KN task optional "cgroup" "kn",
            KN_ID task optional "kernfs_node" "id",
            NSPROXY_MNT task required "nsproxy" "mnt_ns",
            MNT_NS_INUM task required "mnt_namespace" "ns.inum",
            PID_NS_INUM task required "pid_namespace" "ns.inum",
            PID_LEVEL task required "pid" "level",
            PID_NUMBERS task required "pid" "numbers",
            UPID_NR task required "upid" "nr",
            UPID_NS task required "upid" "ns",
            UPID_SIZE task required "upid" "",
            CRED_UID task required "cred" "uid",
            CRED_GID task required "cred" "gid",
            CRED_EUID task required "cred" "euid",
            // paths
            TASK_FS path required "task_struct" "fs",
            FS_PWD path required "fs_struct" "pwd",
            FS_ROOT path required "fs_struct" "root",
            PATH_MNT path required "path" "mnt",
            PATH_DENTRY path required "path" "dentry",
            MOUNT_MNT path required "mount" "mnt",
            MOUNT_PARENT path required "mount" "mnt_parent",
            MOUNT_POINT path required "mount" "mnt_mountpoint",
            VFSMOUNT_ROOT path required "vfsmount" "mnt_root",
            DENTRY_PARENT path required "dentry" "d_parent",
            DENTRY_NAME path required "dentry" "d_name",
            DENTRY_SEQ path required "dentry" "d_seq",
            DENTRY_HASH path required "dentry" "d_hash.pprev",
            DENTRY_INODE path required "dentry" "d_inode",
            QSTR_LEN path required "qstr" "len",
            QSTR_NAME path required "qstr" "name",
            // open files and inodes
            TASK_FILES file required "task_struct" "files",
            FILES_FDT file required "files_struct" "fdt",
            FDTABLE_MAX file required "fdtable" "max_fds",
            FDTABLE_FD file required "fdtable" "fd",
            FILE_MODE file required "file" "f_mode",
            FILE_FLAGS file required "file" "f_flags",
            FILE_INODE file required "file" "f_inode",
            FILE_PATH file required "file" "f_path",
            FILE_COUNT file optional "file" "f_count|f_ref",
            INODE_INO file required "inode" "i_ino",
            INODE_SB file required "inode" "i_sb",
            INODE_MODE file required "inode" "i_mode",
            INODE_SIZE file required "inode" "i_size",
            INODE_NLINK file required "inode" "i_nlink",
            INODE_UID file required "inode" "i_uid",
            INODE_GID file required "inode" "i_gid",
            INODE_MTIME_SEC file required "inode" "i_mtime_sec|i_mtime.tv_sec|__i_mtime.tv_sec",
            INODE_MTIME_NSEC file required "inode" "i_mtime_nsec|i_mtime.tv_nsec|__i_mtime.tv_nsec",
            INODE_CTIME_SEC file required "inode" "i_ctime_sec|i_ctime.tv_sec|__i_ctime.tv_sec",
            INODE_CTIME_NSEC file required "inode" "i_ctime_nsec|i_ctime.tv_nsec|__i_ctime.tv_nsec",
            SB_DEV file required "super_block" "s_dev",
            SB_MAGIC file required "super_block" "s_magic",
            // credentials in full
            CRED_SUID cred required "cred" "suid",
            CRED_SGID cred required "cred" "sgid",
            CRED_EGID cred required "cred" "egid",
            CRED_FSUID cred required "cred" "fsuid",
            CRED_FSGID cred required "cred" "fsgid",
            CRED_PERMITTED cred required "cred" "cap_permitted",
            CRED_EFFECTIVE cred required "cred" "cap_effective",
            CRED_INHERITABLE cred required "cred" "cap_inheritable",
            CRED_AMBIENT cred required "cred" "cap_ambient",
            CRED_GROUPS cred required "cred" "group_info",
            CRED_USER_NS cred required "cred" "user_ns",
            // program starts
            TASK_MM exec required "task_struct" "mm",
            MM_ARG_START exec required "mm_struct" "arg_start",
            MM_ARG_END exec required "mm_struct" "arg_end",
            MM_EXE_FILE exec required "mm_struct" "exe_file",
            MM_AUXV exec required "mm_struct" "saved_auxv",
            BPRM_FILE exec required "linux_binprm" "file",
            BPRM_FILENAME exec required "linux_binprm" "filename",
            BPRM_INTERP exec required "linux_binprm" "interp",
            BPRM_ARGC exec required "linux_binprm" "argc",
            VMA_FILE exec required "vm_area_struct" "vm_file",
            // ends
            TASK_SIGNAL exit required "task_struct" "signal",
            TASK_EXIT_CODE exit required "task_struct" "exit_code",
            TASK_UTIME exit required "task_struct" "utime",
            TASK_STIME exit required "task_struct" "stime",
            TASK_RUNTIME exit required "task_struct" "se.sum_exec_runtime",
            SIGNAL_LIVE exit required "signal_struct" "live",
            SIGNAL_FLAGS exit required "signal_struct" "flags",
            SIGNAL_GROUP_EXIT_CODE exit required "signal_struct" "group_exit_code",
            SIGNAL_UTIME exit required "signal_struct" "utime",
            SIGNAL_STIME exit required "signal_struct" "stime",
            SIGNAL_RUNTIME exit required "signal_struct" "sum_sched_runtime",
            // from a number to a process
            TASK_PID_LINKS pid required "task_struct" "pid_links",
            PID_TASKS pid required "pid" "tasks",
            PID_NS_IDR pid required "pid_namespace" "idr.idr_rt.xa_head",
            XA_NODE_SHIFT pid required "xa_node" "shift",
            XA_NODE_SLOTS pid required "xa_node" "slots",
            // signals
            SIGINFO_CODE kill required "kernel_siginfo" "si_code",
            // namespaces
            NSPROXY_UTS namespace required "nsproxy" "uts_ns",
            NSPROXY_IPC namespace required "nsproxy" "ipc_ns",
            NSPROXY_PID namespace required "nsproxy" "pid_ns_for_children",
            NSPROXY_NET namespace required "nsproxy" "net_ns",
            NSPROXY_TIME namespace optional "nsproxy" "time_ns_for_children",
            NSPROXY_CGROUP namespace required "nsproxy" "cgroup_ns",
            INODE_PRIVATE namespace required "inode" "i_private",
            NS_COMMON_OPS namespace optional "ns_common" "ops",
            NS_OPS_TYPE namespace optional "proc_ns_operations" "type",
            NS_COMMON_TYPE namespace optional "ns_common" "ns_type",
            // the memory file of /proc
            PROC_INODE_VFS proc optional "proc_inode" "vfs_inode",
            PROC_INODE_PID proc optional "proc_inode" "pid",
        }
    };
}
