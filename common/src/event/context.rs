// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Who did it: one state of one process, written once and referred to by its events.
//!
//! A process gets a new context when its program, names, users, groups, namespaces or cgroup
//! change; all else about it stays the same for ever.
use crate::names::Runtime;
use crate::record;
use crate::value::{BootTime, Device, ProcessKey, Text, TextList, Time};

record! {
    /// One state of one process.
    Context {
        /// The process.
        process: ProcessKey => "process.entity_id",
        /// Its parent.
        parent: ProcessKey => "process.parent.entity_id",
        /// Start of the process, wall clock.
        start: Time => "process.start",
        /// Start of the process, nanoseconds since boot.
        start_boot: BootTime => "tarsier.process.start_boot",
        /// cgroup v2 id.
        cgroup_id: u64 => "tarsier.cgroup.id",
        /// Inode of the executable.
        executable_inode: u64 => "tarsier.executable.inode",
        /// Size of the executable.
        executable_size: u64 => "tarsier.executable.size",
        /// Last change of the executable's content.
        executable_mtime: Time => "tarsier.executable.mtime",
        /// Last change of the executable's inode.
        executable_ctime: Time => "tarsier.executable.ctime",
        /// Device of the executable.
        executable_device: Device => "tarsier.executable.device",
        /// Process id in the initial pid namespace.
        pid: u32 => "process.pid",
        /// The parent's process id.
        parent_pid: u32 => "process.parent.pid",
        /// Process id in its own pid namespace.
        ns_pid: u32 => "tarsier.process.ns_pid",
        /// Inode of the pid namespace.
        pid_ns: u32 => "tarsier.process.pid_ns",
        /// Inode of the mount namespace.
        mnt_ns: u32 => "tarsier.process.mnt_ns",
        /// Real user.
        uid: u32 => "user.id",
        /// Effective user.
        euid: u32 => "user.effective.id",
        /// Real group.
        gid: u32 => "user.group.id",
        /// The user that logged in, whoever they became since.
        loginuid: u32 => "tarsier.login.id",
        /// Audit session.
        session: u32 => "tarsier.session.id",
        /// Arguments before they were cut.
        args_count: u32 => "process.args_count",
        /// Container runtime.
        runtime: Runtime => "container.runtime",
        /// Thread name as the kernel has it.
        name: Text => "process.name",
        /// Executable, resolved in the kernel.
        executable: Text => "process.executable",
        /// Arguments.
        args: TextList => "process.args",
        /// Working directory at exec.
        working_directory: Text => "process.working_directory",
        /// Name of the real user.
        user_name: Text => "user.name",
        /// Name of the effective user.
        effective_user_name: Text => "user.effective.name",
        /// Container.
        container_id: Text => "container.id",
        /// Kubernetes pod.
        pod_uid: Text => "kubernetes.pod.uid",
        /// systemd unit.
        unit: Text => "systemd.unit",
    }
}
