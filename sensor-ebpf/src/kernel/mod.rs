// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Checked readers of kernel memory: the only room of the probes with `unsafe`.
//!
//! Kernel objects are addresses in newtypes. Every read goes through a helper that cannot fault:
//! what cannot be read is zero, so a null pointer anywhere in a chain ends in zeros, and callers
//! ask `is_null` once, where it matters.
pub mod args;
pub mod atomic;
pub mod bpf;
pub mod calls;
pub mod clock;
pub mod cred;
pub mod file;
pub mod flow;
pub mod header;
pub mod iterator;
pub mod mm;
pub mod module;
pub mod namespace;
pub mod offsets;
pub mod owner;
pub mod packet;
pub mod path;
pub mod pending;
pub mod read;
pub mod request;
pub mod ring;
pub mod scratch;
pub mod shape;
pub mod signal;
pub mod sock;
pub mod task;
pub mod text;
pub mod tracked;
pub mod typed;

/// Declares kernel pointers: an address that is only ever read through [`read`].
macro_rules! pointers {
    ($($(#[doc = $about:literal])+ $name:ident,)+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $name(u64);
        #[allow(dead_code, reason = "one set of conversions for every pointer")]
        impl $name {
            /// From an address read elsewhere; nothing is believed about it.
            #[inline(always)]
            pub const fn at(address: u64) -> Self { Self(address) }
            /// The address.
            #[inline(always)]
            pub const fn address(self) -> u64 { self.0 }
            /// Whether there is nothing there.
            #[inline(always)]
            pub const fn is_null(self) -> bool { self.0 == 0 }
        }
    )+ };
}

pointers! {
    /// `struct task_struct`: a thread.
    Task,
    /// `struct cred`.
    Cred,
    /// `struct mm_struct`.
    Mm,
    /// `struct file`.
    File,
    /// `struct inode`.
    Inode,
    /// `struct dentry`.
    Dentry,
    /// `struct vfsmount`.
    Mount,
    /// `struct linux_binprm`.
    Binprm,
    /// `struct pid`.
    Pid,
    /// `struct io_kiocb`.
    Request,
    /// `struct sock`.
    Sock,
    /// `struct bpf_prog`.
    BpfProgram,
    /// `struct module`.
    Module,
}
