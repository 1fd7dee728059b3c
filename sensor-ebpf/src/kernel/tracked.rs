// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Opens for writing that are being followed, one map entry each, keyed by the `struct file`.
//!
//! The address alone is no identity: a freed `struct file` is used again at once. An entry
//! therefore carries what the file was (inode, directory entry, when it was opened), and an open
//! that finds an older entry at its address ends that one first.
use crate::kernel::atomic;
use crate::kernel::clock;
use crate::kernel::path::Path;
use crate::kernel::{Dentry, File, Inode, Mount, Task};
use crate::maps::{MAPPINGS, SWEEP, TRACKED};
use aya_ebpf::helpers::generated as helpers;
use common::value::ProcessKey;
use core::ffi::c_void;

/// One open for writing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tracked {
    /// Address of the inode.
    pub inode: u64,
    /// Number of the inode.
    pub number: u64,
    /// Address of the directory entry.
    pub dentry: u64,
    /// Address of the mount.
    pub mount: u64,
    /// The opener's root: paths are told below it, whoever closes.
    pub root_mount: u64,
    /// The opener's root: directory.
    pub root_dentry: u64,
    /// When it was opened, boot clock.
    pub opened: u64,
    /// First change since the last record; 0 is none.
    pub first_change: u64,
    /// 1 from the moment somebody takes it upon himself to note a first change.
    pub noted: u64,
    /// When its path was last told.
    pub announced: u64,
    /// Size when it was opened or last told.
    pub size: u64,
    /// Change time of the inode when it was opened or last told.
    pub ctime: u64,
    /// Who opened it.
    pub opener: ProcessKey,
    /// Who made the first change.
    pub writer: ProcessKey,
    /// Thread that did.
    pub writer_tid: u32,
    /// Bits below.
    pub bits: u32,
    /// Device of the inode.
    pub device: u32,
    /// Keeps the size a multiple of 8.
    pub reserved: u32,
}

/// Emptied by the open itself.
pub const TRUNCATED: u32 = 1;
/// Made without a name.
pub const NAMELESS: u32 = 2;
/// The first change was seen before it was made: it may have failed.
pub const ATTEMPTED: u32 = 4;
/// Written through io_uring, and counted as lost for it.
pub const UNSEEN: u32 = 8;

/// An entry of the map. It may be deleted and used again at any moment, as map values may: what
/// is read from it is checked against the file before it is believed.
#[derive(Clone, Copy)]
pub struct Entry(*mut Tracked);

macro_rules! words {
    ($($(#[doc = $about:literal])+ $get:ident $set:ident: $ty:ty,)+) => { $(
        $(#[doc = $about])+
        #[inline(always)]
        pub fn $get(self) -> $ty {
            // SAFETY: a field of a live map value; values are never unmapped while a program runs.
            let place = unsafe { &raw const (*self.0).$get };
            // SAFETY: as above.
            unsafe { place.read_volatile() }
        }
        $(#[doc = $about])+
        #[inline(always)]
        pub fn $set(self, value: $ty) {
            // SAFETY: a field of a live map value; values are never unmapped while a program runs.
            let place = unsafe { &raw mut (*self.0).$get };
            // SAFETY: as above.
            unsafe { place.write_volatile(value) }
        }
    )+ };
}

#[allow(dead_code, reason = "one pair of accessors for each member")]
impl Entry {
    /// The entry of an open file.
    #[inline(always)]
    pub fn of(file: File) -> Option<Entry> {
        TRACKED.get_ptr_mut(file.address()).map(Entry)
    }

    words! {
        /// Address of the inode.
        inode set_inode: u64,
        /// Number of the inode.
        number set_number: u64,
        /// Address of the directory entry.
        dentry set_dentry: u64,
        /// Address of the mount.
        mount set_mount: u64,
        /// The opener's root: mount.
        root_mount set_root_mount: u64,
        /// The opener's root: directory.
        root_dentry set_root_dentry: u64,
        /// When it was opened.
        opened set_opened: u64,
        /// First change since the last record; 0 is none.
        first_change set_first_change: u64,
        /// When its path was last told.
        announced set_announced: u64,
        /// Size when last told.
        size set_size: u64,
        /// Change time when last told.
        ctime set_ctime: u64,
        /// Who opened it.
        opener set_opener: ProcessKey,
        /// Who made the first change.
        writer set_writer: ProcessKey,
        /// Thread that did.
        writer_tid set_writer_tid: u32,
        /// Device of the inode.
        device set_device: u32,
        /// Bits.
        bits set_bits: u32,
    }

    /// The opener's root.
    #[inline(always)]
    pub fn root(self) -> Path {
        Path { mount: Mount::at(self.root_mount()), dentry: Dentry::at(self.root_dentry()) }
    }

    /// Notes a change by the current thread; `true` when it is the first since the last record.
    #[inline(always)]
    pub fn change(self, attempted: bool) -> bool {
        if self.first_change() != 0 {
            if !attempted && self.bits() & ATTEMPTED != 0 {
                self.set_bits(self.bits() & !ATTEMPTED);
            }
            return false;
        }
        // SAFETY: a field of a live map value.
        let noted = unsafe { &raw mut (*self.0).noted };
        // SAFETY: as above.
        if unsafe { atomic::swap(noted, 1) } != 0 {
            return false;
        }
        let now = clock::boot_ns();
        self.set_writer(Task::current().key());
        self.set_writer_tid(clock::current_ids() as u32);
        if attempted {
            self.set_bits(self.bits() | ATTEMPTED);
        }
        self.set_first_change(now);
        if let Some(sweep) = SWEEP.get_ptr_mut(0) {
            // SAFETY: a field of a map value.
            let place = unsafe { &raw mut (*sweep).last_change };
            // SAFETY: points to a map value.
            unsafe { place.write_volatile(now) };
        }
        true
    }

    /// Forgets the change: it is being told. What is written from now on is another one.
    #[inline(always)]
    pub fn told(self) {
        self.set_bits(self.bits() & !(TRUNCATED | ATTEMPTED));
        self.set_first_change(0);
        // SAFETY: a field of a live map value.
        let noted = unsafe { &raw mut (*self.0).noted };
        // SAFETY: as above.
        unsafe { atomic::swap(noted, 0) };
    }

    /// The entry of this very open: not that of an older file at its address.
    #[inline(always)]
    pub fn of_this(file: File) -> Option<Entry> {
        Entry::of(file).filter(|entry| entry.is_of(file))
    }

    /// Whether `file` is the open this entry is about, as far as can be seen.
    #[inline(always)]
    pub fn is_of(self, file: File) -> bool {
        const FMODE_WRITE: u32 = 2;
        file.inode().address() == self.inode()
            && file.path().dentry.address() == self.dentry()
            && file.mode() & FMODE_WRITE != 0
    }

    /// The inode, if its memory still holds it.
    #[inline(always)]
    pub fn inode_if_alive(self) -> Option<Inode> {
        let inode = Inode::at(self.inode());
        let alive = inode.number() == self.number() && is_regular(inode);
        if alive { Some(inode) } else { None }
    }

    /// Where the file is, if its directory entry still leads to it.
    #[inline(always)]
    pub fn path_if_alive(self) -> Option<Path> {
        let dentry = Dentry::at(self.dentry());
        let mount = Mount::at(self.mount());
        let alive = dentry.inode().address() == self.inode()
            && !dentry.unhashed()
            && mount.super_block() == dentry.inode().super_block();
        if alive { Some(Path { mount, dentry }) } else { None }
    }
}

const S_IFMT: u32 = 0o170_000;
const S_IFREG: u32 = 0o100_000;

/// Whether an inode is a regular file.
#[inline(always)]
pub fn is_regular(inode: Inode) -> bool {
    inode.mode().0 & S_IFMT == S_IFREG
}

/// Begins to follow an open of the current process; `false` when the table is full.
#[inline(always)]
pub fn follow(file: File, now: u64, bits: u32) -> bool {
    let inode = file.inode();
    let path = file.path();
    let root = Task::current().root();
    let what = inode.identity();
    let entry = Tracked {
        inode: inode.address(),
        number: what.inode,
        dentry: path.dentry.address(),
        mount: path.mount.address(),
        root_mount: root.mount.address(),
        root_dentry: root.dentry.address(),
        opened: now,
        first_change: 0,
        noted: 0,
        announced: 0,
        size: what.size,
        ctime: what.ctime.0,
        opener: Task::current().key(),
        writer: ProcessKey { start_ns: 0, pid: 0 },
        writer_tid: 0,
        bits,
        device: what.device.0,
        reserved: 0,
    };
    if let Some(sweep) = SWEEP.get_ptr_mut(0) {
        // SAFETY: a field of a map value.
        let place = unsafe { &raw mut (*sweep).followed };
        // SAFETY: points to a map value; two CPUs may count one open, which is near enough.
        unsafe { place.write_volatile(place.read_volatile() + 1) };
    }
    TRACKED.insert(file.address(), entry, 0).is_ok()
}

/// Stops following.
#[inline(always)]
pub fn forget(file: File) {
    let _ignored_when_absent = TRACKED.remove(file.address());
}

/// One mapping process of one open.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Mapping {
    file: u64,
    opened: u64,
    process: ProcessKey,
}

/// Whether this is the first writable shared mapping of this open by the current process.
#[inline(always)]
pub fn first_mapping(file: File, entry: Entry) -> bool {
    const NOEXIST: u64 = 1;
    let key =
        Mapping { file: file.address(), opened: entry.opened(), process: Task::current().key() };
    MAPPINGS.insert(key, 1, NOEXIST).is_ok()
}

/// What the sweep has to do.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sweep {
    /// When content was last changed.
    pub last_change: u64,
    /// Opens followed since the last sweep; not exact.
    pub followed: u64,
}

/// Whether a sweep is worth its while: something was changed within `span` nanoseconds, or
/// `opens` were followed since the last.
#[inline(always)]
pub fn sweep_is_due(span: u64, opens: u64) -> bool {
    let Some(sweep) = SWEEP.get(0) else { return false };
    clock::boot_ns().wrapping_sub(sweep.last_change) < span || sweep.followed > opens
}

/// What the kernel calls for each entry.
pub type Visit = extern "C" fn(*mut c_void, *const u64, *mut Tracked, *mut c_void) -> i64;

/// Visits every entry.
#[inline(always)]
pub fn each(visit: Visit) {
    if let Some(sweep) = SWEEP.get_ptr_mut(0) {
        // SAFETY: a field of a map value.
        let place = unsafe { &raw mut (*sweep).followed };
        // SAFETY: points to a map value.
        unsafe { place.write_volatile(0) };
    }
    let map = (&raw const TRACKED).cast_mut().cast();
    let visit = visit as *const () as *mut c_void;
    // SAFETY: the verifier checks `visit` with the map's key and value.
    unsafe { helpers::bpf_for_each_map_elem(map, visit, core::ptr::null_mut(), 0) };
}

/// The file and the entry a visit is about.
#[inline(always)]
pub fn visited(key: *const u64, value: *mut Tracked) -> (File, Entry) {
    // SAFETY: the kernel passes the key of a live entry.
    (File::at(unsafe { *key }), Entry(value))
}
