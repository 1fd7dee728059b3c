// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Whose a socket is, remembered in process context for when some other process runs.
use crate::kernel::{Task, clock, ring, sock};
use crate::maps::SOCKETS;
use common::names::{Class, Direction};
use common::sockets::Owner;
use common::value::ProcessKey;
use common::wire::Header;

/// The current process as an owner.
#[inline(always)]
pub fn current(direction: Direction, protocol: u32) -> Owner {
    let task = Task::current();
    let leader = task.leader();
    Owner {
        process: leader.key_of_leader(),
        parent: leader.parent().key(),
        cgroup_id: task.cgroup(),
        began_ns: clock::boot_ns(),
        tid: task.tid(),
        direction,
        protocol,
        reserved: 0,
    }
}

/// The process a header was just filled for, as the owner of a TCP connection.
#[inline(always)]
pub fn of_header(header: &Header, direction: Direction) -> Owner {
    Owner {
        process: header.process,
        parent: header.parent,
        cgroup_id: header.cgroup_id,
        began_ns: header.time_ns,
        tid: header.tid,
        direction,
        protocol: sock::TCP,
        reserved: 0,
    }
}

/// The owner of a socket.
#[inline(always)]
pub fn of(cookie: u64) -> Option<Owner> {
    let place = SOCKETS.get_ptr(cookie)?;
    // SAFETY: a map value; a torn read can only mix two owners of one socket number, and numbers
    // are never used twice.
    Some(unsafe { *place })
}

/// A number in a table.
#[inline(always)]
pub fn word(place: *const u64) -> u64 {
    // SAFETY: points to a map value.
    unsafe { place.read_volatile() }
}

/// Remembers an owner; `false` when the table is full.
#[inline(always)]
pub fn set(cookie: u64, owner: &Owner) -> bool {
    SOCKETS.insert(cookie, owner, 0).is_ok()
}

/// Forgets a socket.
#[inline(always)]
pub fn forget(cookie: u64) {
    // Not there: its beginning was not seen either.
    SOCKETS.remove(cookie).ok();
}

/// Whether a class is switched on.
#[inline(always)]
pub fn class_on(class: Class) -> bool {
    ring::knobs().is_some_and(|knobs| knobs.classes & (1 << class.0) != 0)
}

/// Whether a process is the recorder itself.
#[inline(always)]
pub fn is_recorder(process: ProcessKey) -> bool {
    ring::knobs().is_some_and(|knobs| u64::from(knobs.own_tgid) == process.pid)
}

/// The state of a stream.
#[inline(always)]
pub fn copy<T: Copy>(place: *const T) -> T {
    // SAFETY: points to a map value; packets of one direction of one socket come one at a time.
    unsafe { *place }
}
