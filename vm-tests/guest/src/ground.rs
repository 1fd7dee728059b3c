// SPDX-License-Identifier: Apache-2.0
//! Makes a bare kernel into a small system: modules, mounts, the disk as root, loopback.

use rustix::fd::AsFd as _;
use rustix::mount::{MountFlags, mount, mount_move};
use rustix::net::{AddressFamily, SendFlags, SocketType};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

const DISK: &str = "/dev/vda";

/// Mounts what modules and devices need, then loads the modules in the order of their names.
pub fn lay() -> Result<(), String> {
    attach("devtmpfs", "/dev")?;
    attach("proc", "/proc")?;
    attach("sysfs", "/sys")?;
    let mut modules: Vec<_> = std::fs::read_dir("/modules")
        .map_err(|why| format!("/modules: {why}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    modules.sort();
    for module in modules {
        let file = File::open(&module).map_err(|why| format!("{module:?}: {why}"))?;
        rustix::system::finit_module(file.as_fd(), c"", 0)
            .map_err(|why| format!("cannot load {module:?}: {why}"))?;
    }
    Ok(())
}

/// Makes the disk image the root directory and mounts the kernel's other file systems on it.
pub fn move_to_disk() -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !Path::new(DISK).exists() {
        if Instant::now() > deadline {
            return Err(format!("{DISK} did not appear"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // Tables of the disk stay unwritten, lest a kernel thread works beside the tests.
    mount(DISK, "/root", "ext4", MountFlags::NOATIME, c"noinit_itable")
        .map_err(|why| format!("cannot mount {DISK}: {why}"))?;
    for place in ["dev", "proc", "sys"] {
        mount_move(format!("/{place}"), format!("/root/{place}"))
            .map_err(|why| format!("cannot move /{place}: {why}"))?;
    }
    enter("/root").map_err(|why| format!("cannot make the disk the root: {why}"))?;
    for (kind, place) in [
        ("tracefs", "/sys/kernel/tracing"),
        ("bpf", "/sys/fs/bpf"),
        ("cgroup2", "/sys/fs/cgroup"),
        ("securityfs", "/sys/kernel/security"),
        ("tmpfs", "/run"),
        ("devpts", "/dev/pts"),
        ("tmpfs", "/dev/shm"),
    ] {
        attach(kind, place)?;
    }
    rustix::system::sethostname(b"tarsier-vm").map_err(|why| format!("sethostname: {why}"))
}

fn enter(root: &str) -> rustix::io::Result<()> {
    rustix::process::chdir(root)?;
    mount_move(".", "/")?;
    rustix::process::chroot(".")?;
    rustix::process::chdir("/")
}

fn attach(kind: &str, place: &str) -> Result<(), String> {
    if !Path::new(place).is_dir() {
        std::fs::create_dir_all(place).map_err(|why| format!("{place}: {why}"))?;
    }
    mount(kind, place, kind, MountFlags::empty(), None)
        .map_err(|why| format!("cannot mount {kind} on {place}: {why}"))
}

/// Brings up `lo` with one netlink message, since there is no `ip` here; the kernel then gives
/// it its addresses itself.
pub fn loopback_up() -> Result<(), String> {
    const RTM_NEWLINK: u16 = 16;
    const NLM_F_REQUEST: u16 = 1;
    const IFF_UP: u32 = 1;
    const LOOPBACK_INDEX: i32 = 1;
    let mut message = Vec::with_capacity(32);
    message.extend(32u32.to_ne_bytes());
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]); // sequence, port
    message.extend([0; 4]); // family, padding, device type
    message.extend(LOOPBACK_INDEX.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes()); // which flags change
    let send = || -> rustix::io::Result<usize> {
        let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
        let kernel = rustix::net::netlink::SocketAddrNetlink::new(0, 0);
        rustix::net::sendto(&socket, &message, SendFlags::empty(), &kernel)
    };
    send().map(drop).map_err(|why| format!("cannot bring up lo: {why}"))
}
