// SPDX-License-Identifier: Apache-2.0
//! System calls no safe crate offers; the only unsafe of the scenarios.
#![allow(unsafe_code, reason = "scenarios make calls no safe crate offers")]

use anyhow::{Result, bail};
use nix::errno::Errno;
use nix::libc::{self, c_long};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;

/// Makes a child that runs `act` and leaves with its answer; says the child's pid.
pub fn fork(act: impl FnOnce() -> i32) -> Result<Pid> {
    // SAFETY: the scenarios call this while they have one thread only.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => leave(act()),
    }
}

/// Leaves the process at once: no destructor, no buffer, no handler.
pub fn leave(code: i32) -> ! {
    // SAFETY: ends the process; nothing of it is used afterwards.
    unsafe { libc::_exit(code) }
}

/// Ends the calling thread only, also when it is the first one.
pub fn leave_thread() -> ! {
    // SAFETY: the thread's stack is not used afterwards; scenarios leak what it held.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    unreachable!("a thread that left does not run")
}

/// Waits for a child and says how it ended.
pub fn wait(child: Pid) -> Result<WaitStatus> {
    Ok(waitpid(child, None)?)
}

/// A system call whose arguments are numbers or addresses that live through the call.
fn call(number: c_long, arguments: [usize; 5]) -> Result<usize> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: this file's callers pass addresses of objects that outlive the call.
    let answer = unsafe { libc::syscall(number, a, b, c, d, e) };
    Ok(usize::try_from(Errno::result(answer)?)?)
}

/// Closes every descriptor from `first` to `last`.
pub fn close_range(first: i32, last: i32) -> Result<()> {
    call(libc::SYS_close_range, [usize::try_from(first)?, usize::try_from(last)?, 0, 0, 0])?;
    Ok(())
}

/// Leaves descriptor numbers to a call that ends them behind std's back.
pub fn forget(file: File) -> i32 {
    let fd = file.as_raw_fd();
    std::mem::forget(file);
    fd
}

/// A writable shared mapping of one page.
pub struct Mapping(*mut u8);

const PAGE: usize = 4096;

impl Mapping {
    /// Maps the first page of a file.
    pub fn shared(file: &File) -> Result<Mapping> {
        map(file, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED).map(Mapping)
    }

    /// Maps the first page of a file privately, readable or also executable.
    pub fn image(file: &File, executable: bool) -> Result<Mapping> {
        let more = if executable { libc::PROT_EXEC } else { 0 };
        map(file, libc::PROT_READ | more, libc::MAP_PRIVATE).map(Mapping)
    }

    /// Changes one byte.
    pub fn poke(&self, at: usize, value: u8) {
        assert!(at < PAGE, "inside the page");
        // SAFETY: the page is mapped writable and at least one byte long there.
        let place = unsafe { self.0.add(at) };
        // SAFETY: as above; nobody else holds a reference into the mapping.
        unsafe { place.write_volatile(value) };
    }

    /// Makes the page executable.
    pub fn make_executable(&self) -> Result<()> {
        let rights = usize::try_from(libc::PROT_READ | libc::PROT_EXEC)?;
        call(libc::SYS_mprotect, [self.0.addr(), PAGE, rights, 0, 0])?;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the page `map` made; nothing points into it any more.
        unsafe { libc::munmap(self.0.cast(), PAGE) };
    }
}

fn map(file: &File, rights: i32, kind: i32) -> Result<*mut u8> {
    // SAFETY: a new mapping at an address the kernel picks; it overlaps nothing.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, rights, kind, file.as_raw_fd(), 0) };
    if at == libc::MAP_FAILED {
        bail!("mmap: {}", Errno::last());
    }
    Ok(at.cast())
}

/// Keeps only the capabilities of `bits` in effect and permitted.
pub fn capset(bits: u64) -> Result<()> {
    const VERSION_3: u32 = 0x2008_0522;
    let header: [u32; 2] = [VERSION_3, 0];
    let (low, high) = (u32::try_from(bits & 0xffff_ffff)?, u32::try_from(bits >> 32)?);
    let data: [u32; 6] = [low, low, 0, high, high, 0];
    call(libc::SYS_capset, [header.as_ptr().addr(), data.as_ptr().addr(), 0, 0, 0])?;
    Ok(())
}

/// Sets inode flags, as `chattr` does.
pub fn set_inode_flags(file: &File, flags: u32) -> Result<()> {
    const FS_IOC_SETFLAGS: usize = 0x4008_6602;
    let flags = i64::from(flags);
    let fd = usize::try_from(file.as_raw_fd())?;
    call(libc::SYS_ioctl, [fd, FS_IOC_SETFLAGS, (&raw const flags).addr(), 0, 0])?;
    Ok(())
}

/// Loads the smallest eBPF program there is: `return 0` on a socket.
pub fn bpf_load(name: &str) -> Result<OwnedFd> {
    use std::os::fd::FromRawFd as _;
    const PROG_LOAD: usize = 5;
    const SOCKET_FILTER: u32 = 1;
    let program: [u64; 2] = [0xb7, 0x95];
    let licence = b"GPL\0";
    let mut attributes = [0u64; 16];
    attributes[0] = u64::from(SOCKET_FILTER) | (2 << 32);
    attributes[1] = u64::try_from(program.as_ptr().addr())?;
    attributes[2] = u64::try_from(licence.as_ptr().addr())?;
    let mut text = [0u8; 16];
    text[..name.len().min(15)].copy_from_slice(&name.as_bytes()[..name.len().min(15)]);
    attributes[6] = u64::from_le_bytes(text[..8].try_into()?);
    attributes[7] = u64::from_le_bytes(text[8..].try_into()?);
    let size = size_of_val(&attributes);
    let fd = call(libc::SYS_bpf, [PROG_LOAD, attributes.as_ptr().addr(), size, 0, 0])?;
    // SAFETY: the kernel just gave this descriptor to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(i32::try_from(fd)?) })
}

/// Loads a kernel module from a file.
pub fn load_module(path: &Path) -> Result<()> {
    let file = File::open(path)?;
    let fd = usize::try_from(file.as_raw_fd())?;
    call(libc::SYS_finit_module, [fd, c"".as_ptr().addr(), 0, 0, 0])?;
    Ok(())
}

/// Removes a kernel module.
pub fn unload_module(name: &str) -> Result<()> {
    let name = std::ffi::CString::new(name)?;
    call(libc::SYS_delete_module, [name.as_ptr().addr(), 0, 0, 0, 0])?;
    Ok(())
}

/// Makes a child by clone with namespaces of its own.
pub fn fork_into(namespaces: i32, act: impl FnOnce() -> i32) -> Result<Pid> {
    let flags = usize::try_from(namespaces | libc::SIGCHLD)?;
    match call(libc::SYS_clone, [flags, 0, 0, 0, 0])? {
        0 => leave(act()),
        child => Ok(Pid::from_raw(i32::try_from(child)?)),
    }
}

/// Submits one request to a ring and waits for its answer.
pub fn submit(ring: &mut io_uring::IoUring, entry: &io_uring::squeue::Entry) -> Result<i32> {
    let mut queue = ring.submission();
    // SAFETY: the caller keeps what the entry points to until this function returns.
    unsafe { queue.push(entry) }?;
    drop(queue);
    ring.submit_and_wait(1)?;
    let answer = ring.completion().next().map(|entry| entry.result());
    match answer {
        Some(n) if n >= 0 => Ok(n),
        Some(n) => bail!("io_uring: {}", Errno::from_raw(-n)),
        None => bail!("io_uring: no answer"),
    }
}
