// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! From a directory entry to a path, as the task's root sees it.
//!
//! `bpf_d_path` is refused at most hooks, so the entries are walked here: across mounts, up to
//! the task's root. A rename can move an entry between two steps; the walk is therefore summed
//! up (every entry with its sequence counter) and walked again without the names, and what
//! differs is marked torn.
use crate::kernel::offsets as at;
use crate::kernel::read::{kernel, mask, member};
use crate::kernel::scratch::{Scratch, get, set};
use crate::kernel::{Dentry, Inode, Mount, Task};
use aya_ebpf::helpers::generated as helpers;
use common::limits::{PATH_BYTES_MAX, PATH_COMPONENTS_MAX};
use common::names::EventFlags;
use core::ffi::c_void;

/// `struct path`: an entry and the mount it was reached through.
#[derive(Clone, Copy)]
pub struct Path {
    /// The mount.
    pub mount: Mount,
    /// The entry.
    pub dentry: Dentry,
}

impl Path {
    /// Reads a `struct path`.
    #[inline(always)]
    pub fn at(address: u64) -> Path {
        Path {
            mount: Mount::at(member(address, &at::PATH_MNT)),
            dentry: Dentry::at(member(address, &at::PATH_DENTRY)),
        }
    }
}

impl Task {
    /// Working directory.
    #[inline(always)]
    pub fn cwd(self) -> Path {
        let fs: u64 = member(self.address(), &at::TASK_FS);
        Path::at(fs.wrapping_add(at::value(&at::FS_PWD)))
    }

    /// Root directory, which `chroot` and `pivot_root` change.
    #[inline(always)]
    pub fn root(self) -> Path {
        let fs: u64 = member(self.address(), &at::TASK_FS);
        Path::at(fs.wrapping_add(at::value(&at::FS_ROOT)))
    }
}

impl Mount {
    /// Address of the file system that is mounted.
    #[inline(always)]
    pub fn super_block(self) -> u64 {
        member(self.address(), &at::VFSMOUNT_SB)
    }

    /// Whether the kernel made it for itself: no process can name a file through it.
    #[inline(always)]
    pub fn is_internal(self) -> bool {
        const MNT_NS_INTERNAL: i64 = -22;
        let mount = self.address().wrapping_sub(at::value(&at::MOUNT_MNT));
        let namespace: i64 = member(mount, &at::MOUNT_NS);
        namespace == MNT_NS_INTERNAL
    }

    /// The top of what is mounted.
    #[inline(always)]
    pub fn top(self) -> Path {
        Path { mount: self, dentry: Dentry::at(member(self.address(), &at::VFSMOUNT_ROOT)) }
    }
}

impl Dentry {
    /// The file it names; null for a name that does not exist.
    #[inline(always)]
    pub fn inode(self) -> Inode {
        Inode::at(member(self.address(), &at::DENTRY_INODE))
    }

    /// The directory it is in; itself for a root.
    #[inline(always)]
    pub fn parent(self) -> Dentry {
        Dentry::at(member(self.address(), &at::DENTRY_PARENT))
    }

    /// First eight bytes of its name: enough to tell the special ones apart.
    #[inline(always)]
    pub fn name_start(self) -> [u8; 8] {
        kernel(self.name())
    }

    /// Address of its name, which ends with a NUL.
    #[inline(always)]
    pub fn name(self) -> u64 {
        let name = self.address().wrapping_add(at::value(&at::DENTRY_NAME));
        member(name, &at::QSTR_NAME)
    }

    /// Whether its name was removed while it was in use.
    #[inline(always)]
    pub fn unhashed(self) -> bool {
        let bucket: u64 = member(self.address(), &at::DENTRY_HASH);
        bucket == 0
    }
}

/// One step of a walk.
enum Step {
    /// `dentry` is a name in its parent.
    Name { parent: u64 },
    /// The walk went from a mount's root to where it is mounted.
    Crossed,
    /// The task's root.
    Root,
    /// A root that is not the task's.
    Elsewhere,
}

/// Where a walk stands; on the stack, because `bpf_loop` hands its callback nothing else.
#[repr(C)]
struct Walk {
    scratch: *mut Scratch,
    mount: u64,
    dentry: u64,
    mount_root: u64,
    root_mount: u64,
    root_dentry: u64,
    /// What [`Walk::mark`] gave so far, added up.
    sum: u64,
    /// 1 once the walk came to a root.
    ended: u64,
}

impl Walk {
    #[inline(always)]
    fn of(scratch: *mut Scratch) -> Walk {
        let mount = get!(scratch, mount);
        Walk {
            scratch,
            mount,
            dentry: get!(scratch, dentry),
            mount_root: member(mount, &at::VFSMOUNT_ROOT),
            root_mount: get!(scratch, root_mount),
            root_dentry: get!(scratch, root_dentry),
            sum: 0,
            ended: 0,
        }
    }

    /// Runs `step` until it says stop, or for the most components.
    ///
    /// `bpf_loop` instead of a loop: the verifier looks at one turn, not at every one of them.
    #[inline(always)]
    fn run(&mut self, step: extern "C" fn(u64, *mut Walk) -> i64) {
        let walk: *mut Walk = self;
        let turns = PATH_COMPONENTS_MAX as u32;
        // SAFETY: the callback uses the walk, which outlives the call, and nothing else.
        unsafe { helpers::bpf_loop(turns, step as *mut c_void, walk.cast(), 0) };
    }

    #[inline(always)]
    fn step(&mut self) -> Step {
        if self.dentry == self.root_dentry && self.mount == self.root_mount {
            return Step::Root;
        }
        if self.dentry == self.mount_root {
            let mount = self.mount.wrapping_sub(at::value(&at::MOUNT_MNT));
            let above: u64 = member(mount, &at::MOUNT_PARENT);
            if above == mount || above == 0 {
                return Step::Elsewhere;
            }
            self.dentry = member(mount, &at::MOUNT_POINT);
            self.mount = above.wrapping_add(at::value(&at::MOUNT_MNT));
            self.mount_root = member(self.mount, &at::VFSMOUNT_ROOT);
            return Step::Crossed;
        }
        let parent: u64 = member(self.dentry, &at::DENTRY_PARENT);
        if parent == self.dentry || parent == 0 {
            return Step::Elsewhere;
        }
        Step::Name { parent }
    }

    /// What changes when an entry moves.
    #[inline(always)]
    fn mark(&self) -> u64 {
        let sequence: u32 = member(self.dentry, &at::DENTRY_SEQ);
        self.dentry.wrapping_mul(3).wrapping_add(u64::from(sequence))
    }
}

const GO_ON: i64 = 0;
const STOP: i64 = 1;

/// One turn of [`walk_names`].
extern "C" fn name_step(_: u64, walk: *mut Walk) -> i64 {
    // SAFETY: the walk `run` passed; nothing else refers to it meanwhile.
    let walk = unsafe { &mut *walk };
    match walk.step() {
        Step::Crossed => return GO_ON,
        Step::Root => {}
        Step::Elsewhere => {
            add_flags(walk.scratch, EventFlags::UNREACHABLE);
            if walk.dentry != walk.mount_root {
                // no parent and no mount's root: a file that lives in no directory
                prepend(walk.scratch, walk.dentry);
            }
        }
        Step::Name { parent } => {
            walk.sum = walk.sum.wrapping_add(walk.mark());
            if !prepend(walk.scratch, walk.dentry) {
                return STOP;
            }
            walk.dentry = parent;
            return GO_ON;
        }
    }
    walk.ended = 1;
    STOP
}

/// One turn of [`walk_again`].
extern "C" fn mark_step(_: u64, walk: *mut Walk) -> i64 {
    // SAFETY: the walk `run` passed; nothing else refers to it meanwhile.
    let walk = unsafe { &mut *walk };
    match walk.step() {
        Step::Crossed => GO_ON,
        Step::Root | Step::Elsewhere => STOP,
        Step::Name { parent } => {
            walk.sum = walk.sum.wrapping_add(walk.mark());
            walk.dentry = parent;
            GO_ON
        }
    }
}

/// Walks to the root, names into `scratch.path`; flags into `scratch.flags`.
///
/// A global function: the verifier checks it once. What to walk comes in the slot, because a
/// global function takes plain numbers only, and some of these are kernel pointers to the
/// verifier. Returns the length of the path.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn walk_names(scratch: *mut Scratch) -> u64 {
    if scratch.is_null() {
        return 0;
    }
    let mut walk = Walk::of(scratch);
    set!(scratch, from, PATH_BYTES_MAX as u64);
    walk.run(name_step);
    set!(scratch, walked, walk.sum);
    if walk.ended == 0 {
        add_flags(scratch, EventFlags::PATH_CUT);
    }
    finish(scratch)
}

/// Puts an entry's name and a slash before what is there; `false` when there is no room.
#[inline(always)]
fn prepend(scratch: *mut Scratch, dentry: u64) -> bool {
    let name = dentry.wrapping_add(at::value(&at::DENTRY_NAME));
    let len: u32 = member(name, &at::QSTR_LEN);
    let len = mask::<255>(u64::from(len));
    let text: u64 = member(name, &at::QSTR_NAME);
    let from = get!(scratch, from);
    if from > PATH_BYTES_MAX as u64 || from < len + 1 {
        return false;
    }
    let start = mask::<4095>(from.wrapping_sub(len));
    // SAFETY: the field of a map value this program owns.
    let path = unsafe { &raw mut (*scratch).path }.cast::<u8>();
    // SAFETY: `start` is at most 4095 and `len` at most 255; the buffer is that long.
    let place = unsafe { path.add(start as usize) };
    // SAFETY: as above; the helper checks `text`.
    if unsafe { helpers::bpf_probe_read_kernel(place.cast(), len as u32, text as *const _) } != 0 {
        return false;
    }
    let slash = mask::<4095>(start.wrapping_sub(1));
    // SAFETY: `slash` is at most 4095.
    let place = unsafe { path.add(slash as usize) };
    // SAFETY: as above.
    unsafe { place.write(b'/') };
    set!(scratch, from, slash);
    true
}

/// The length of the path; "/" when no name was found.
#[inline(always)]
fn finish(scratch: *mut Scratch) -> u64 {
    let from = get!(scratch, from);
    if from < PATH_BYTES_MAX as u64 {
        return PATH_BYTES_MAX as u64 - from;
    }
    const LAST: usize = PATH_BYTES_MAX - 1;
    // SAFETY: the last byte of the path of a map value this program owns.
    let last = unsafe { &raw mut (*scratch).path[LAST] };
    // SAFETY: as above.
    unsafe { last.write(b'/') };
    set!(scratch, from, LAST as u64);
    1
}

/// Walks again without names; says whether it came the same way.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn walk_again(scratch: *mut Scratch) -> u64 {
    if scratch.is_null() {
        return 0;
    }
    let mut walk = Walk::of(scratch);
    walk.run(mark_step);
    u64::from(get!(scratch, walked) == walk.sum)
}

/// Remembers flags for the record being built.
#[inline(always)]
pub fn add_flags(scratch: *mut Scratch, flags: EventFlags) {
    set!(scratch, flags, get!(scratch, flags) | flags.0);
}

/// Walks `path` up to `root` into `scratch.path`; returns its length.
#[inline(always)]
pub fn walk(scratch: *mut Scratch, path: Path, root: Path) -> u64 {
    set!(scratch, mount, path.mount.address());
    set!(scratch, dentry, path.dentry.address());
    set!(scratch, root_mount, root.mount.address());
    set!(scratch, root_dentry, root.dentry.address());
    let len = walk_names(scratch);
    if get!(scratch, flags) & EventFlags::PATH_CUT.0 == 0 && walk_again(scratch) == 0 {
        add_flags(scratch, EventFlags::TORN);
    }
    if path.dentry.unhashed() && path.dentry.parent() != path.dentry {
        add_flags(scratch, EventFlags::DELETED);
    }
    len
}
