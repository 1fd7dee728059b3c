// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! TCP connections by their state: attempts, outcomes, listening, ends.
//!
//! Hook:  tp_btf/inet_sock_set_state(const struct sock *, const int, const int)
//! Why:   every change of state passes here. To SYN_SENT and LISTEN it is the process's own
//!        doing; the other changes come with packets, while any process runs, so they are told of
//!        the owner that was remembered at connect or accept.
//! Blind: connections that began before the recorder (no owner is known), and attempts that fail
//!        before SYN_SENT (connect.rs has those).
//! Cost:  ten runs and four records for a connection over loopback, 1.6 µs together (6.18, shared
//!        two CPUs); accept.rs adds the fifth record, 0.7 µs.
use crate::emit::{emit_fixed, emit_fixed_of, missed, wanted};
use crate::kernel::{Sock, clock, owner, sock};
use crate::maps::FAILED;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use common::limits::CONNECT_WAIT_NS;
use common::loss::Loss;
use common::names::{Class, Direction, EventFlags};
use common::sockets::Owner;
use common::value::{BootTime, Errno, Typed};
use common::wire::{Close, Connect, Connected, Listen};

const ESTABLISHED: u64 = 1;
const SYN_SENT: u64 = 2;
const SYN_RECEIVED: u64 = 3;
const CLOSED: u64 = 7;
const LISTENING: u64 = 10;
const STATE_BITS: u64 = 0xff;

/// A TCP socket goes from one state to another.
#[btf_tracepoint(function = "inet_sock_set_state")]
pub fn tcp(context: BtfTracePointContext) -> i32 {
    let old = context.arg::<u64>(1) & STATE_BITS;
    let new = context.arg::<u64>(2) & STATE_BITS;
    if new != ESTABLISHED && new != SYN_SENT && new != CLOSED && new != LISTENING {
        return 0;
    }
    let socket = Sock::argument(&context, 0);
    if !socket.is_tcp() || !owner::class_on(Class::NETWORK) {
        return 0;
    }
    match new {
        SYN_SENT => begun(socket, sock::cookie(&context)),
        LISTENING => listening(socket),
        CLOSED => closed(socket, sock::cookie(&context), old),
        _ if old == SYN_SENT => connected(socket, sock::cookie(&context)),
        _ if old == SYN_RECEIVED => {
            // accept() finds its number later, where it cannot be made
            sock::cookie(&context);
        }
        _ => {}
    }
    0
}

#[inline(always)]
fn begun(socket: Sock, cookie: u64) {
    if !wanted::<Connect>() {
        return;
    }
    let told = emit_fixed::<Connect>(EventFlags(0), |header, body| {
        remember(cookie, &owner::of_header(header, Direction::OUTBOUND));
        let ends = socket.ends();
        body.socket = cookie;
        body.local = ends.local;
        body.remote = ends.remote;
        body.local_port = socket.bound_port();
        body.remote_port = ends.remote_port;
        body.network_type = ends.network_type;
        Some(())
    });
    if !told {
        // no room for the attempt; its end may find some
        remember(cookie, &owner::current(Direction::OUTBOUND, sock::TCP));
    }
}

/// Notes whose a connection is; its end is lost when there is no room.
#[inline(always)]
pub fn remember(cookie: u64, owner: &Owner) {
    if cookie == 0 || !owner::set(cookie, owner) {
        missed::<Close>(Loss::TABLE_FULL);
    }
}

#[inline(always)]
fn connected(socket: Sock, cookie: u64) {
    if let Some(owner) = owner::of(cookie) {
        outcome(socket, cookie, &owner, Errno(0));
    }
}

/// Tells how an attempt ended.
#[inline(always)]
pub fn outcome(socket: Sock, cookie: u64, owner: &Owner, result: Errno) {
    emit_fixed_of::<Connected>(owner, EventFlags(0), |_, body| {
        let ends = socket.ends();
        body.socket = cookie;
        body.began = BootTime(owner.began_ns);
        body.local = ends.local;
        body.local_port = ends.local_port;
        body.result = result;
        Some(())
    });
}

#[inline(always)]
fn closed(socket: Sock, cookie: u64, old: u64) {
    let Some(owner) = owner::of(cookie) else { return };
    owner::forget(cookie);
    if old != SYN_SENT {
        return ended(socket, &owner);
    }
    let error = socket.error();
    if error == 0 && socket.in_connect() {
        // connect() gives up by itself and says why when it returns
        FAILED.insert(cookie, owner.began_ns, 0).ok();
        return;
    }
    FAILED.insert(cookie, 0, 0).ok();
    outcome(socket, cookie, &owner, if error == 0 { Errno::ABSENT } else { Errno(error) });
    if clock::boot_ns() - owner.began_ns >= CONNECT_WAIT_NS {
        ended(socket, &owner);
    }
}

/// Tells the end of a connection.
#[inline(always)]
pub fn ended(socket: Sock, owner: &Owner) {
    emit_fixed_of::<Close>(owner, EventFlags(0), |_, body| {
        let ends = socket.ends();
        let (sent, received) = socket.totals();
        body.sent = sent;
        body.received = received;
        body.began = BootTime(owner.began_ns);
        body.local = ends.local;
        body.remote = ends.remote;
        body.local_port = ends.local_port;
        body.remote_port = ends.remote_port;
        body.network_type = ends.network_type;
        body.direction = owner.direction;
        body.result = Errno(socket.error());
        Some(())
    });
}

#[inline(always)]
fn listening(socket: Sock) {
    if !wanted::<Listen>() {
        return;
    }
    emit_fixed::<Listen>(EventFlags(0), |_, body| {
        let ends = socket.ends();
        body.local = ends.local;
        body.local_port = socket.bound_port();
        body.backlog = socket.backlog();
        body.network_type = ends.network_type;
        Some(())
    });
}
