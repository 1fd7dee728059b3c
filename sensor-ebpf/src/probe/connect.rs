// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Attempts to connect that fail before a packet leaves: no route, no permission, no port.
//!
//! Hook:  fexit/inet_stream_connect(struct socket *, struct sockaddr *, int, int)
//! Hook:  tp/syscalls/sys_exit_connect
//! Why:   these never reach SYN_SENT, so their state never changes (tcp.rs sees the others). A
//!        failure that tcp.rs has told is left in a table, and not told again here.
//! Blind: the tracepoint: io_uring and 32-bit calls, and an address changed by another thread
//!        after the call read it. fexit: a refusal by a security module, which comes before it.
//! Cost:  see `tarsier status`; a successful connect returns at once.
use crate::emit::{emit_fixed, wanted};
use crate::kernel::args::{self, Arguments, Call};
use crate::kernel::{File, Sock, Task, owner, sock};
use crate::maps::FAILED;
use crate::probe::tcp::outcome;
use aya_ebpf::macros::{btf_tracepoint, fexit};
use aya_ebpf::programs::{BtfTracePointContext, FExitContext};
use common::names::{Direction, EventFlags, NetworkType};
use common::sockets::Owner;
use common::value::{Errno, Ip};
use common::wire::Connect;

const EINTR: i32 = 4;
const EBADF: i32 = 9;
const EFAULT: i32 = 14;
const ENOTSOCK: i32 = 88;
const EISCONN: i32 = 106;
const EALREADY: i32 = 114;
const EINPROGRESS: i32 = 115;
/// From here on: codes for restarting the call, which processes never see.
const RESTART: i32 = 512;
const ANY: Ip = Ip([0; 16]);
const ANY4: Ip = Ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]);

/// connect() on a TCP socket returns.
#[fexit(function = "inet_stream_connect")]
pub fn connect(context: FExitContext) -> i32 {
    let errno = args::errno(i64::from(context.ret::<u64>().unwrap_or(0) as i32));
    if !failed(errno) || !wanted::<Connect>() {
        return 0;
    }
    let socket = Sock::of_socket(context.word(0));
    if let Some(asked) = sock::named(context.word(1), sock::kernel4, sock::kernel6) {
        told(socket, errno, asked);
    }
    0
}

/// connect() on any socket returns.
#[btf_tracepoint(function = "sys_exit")]
pub fn connect_exit(context: BtfTracePointContext) -> u32 {
    let errno = args::errno(args::result(&context));
    if !failed(errno) || !wanted::<Connect>() {
        return 0;
    }
    let call = Call::current();
    let file = File::of_descriptor(Task::current(), call.first() as i32 as i64);
    let socket = Sock::of_file(file);
    if let Some(asked) = sock::named(call.second(), sock::user4, sock::user6) {
        told(socket, errno, asked);
    }
    0
}

/// Whether an attempt failed that may not have been told: not one still going on or never begun.
#[inline(always)]
fn failed(errno: i32) -> bool {
    let begun = [EINTR, EISCONN, EALREADY, EINPROGRESS];
    let never = [EBADF, EFAULT, ENOTSOCK];
    errno != 0 && errno < RESTART && !begun.contains(&errno) && !never.contains(&errno)
}

#[inline(always)]
fn told(socket: Sock, errno: i32, asked: (Ip, u32, NetworkType)) {
    if socket.is_null() || !socket.is_tcp() {
        return;
    }
    let cookie = socket.known_cookie();
    let (remote, remote_port, network_type) = asked;
    if let Some(began) = FAILED.get_ptr(cookie) {
        let began_ns = owner::word(began);
        FAILED.remove(cookie).ok();
        if began_ns != 0 {
            let owner = Owner { began_ns, ..owner::current(Direction::OUTBOUND, sock::TCP) };
            outcome(socket, cookie, &owner, Errno(errno));
        }
        return;
    }
    emit_fixed::<Connect>(EventFlags(0), |_, body| {
        let ends = socket.ends();
        body.socket = cookie;
        if ends.local != ANY && ends.local != ANY4 {
            body.local = ends.local;
        }
        body.local_port = socket.bound_port();
        body.remote = remote;
        body.remote_port = remote_port;
        body.network_type = network_type;
        body.result = Errno(errno);
        Some(())
    });
}
