// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Connections taken from a listening socket.
//!
//! Hook:  fexit/inet_csk_accept
//! Hook:  tp/syscalls/sys_exit_accept
//! Hook:  tp/syscalls/sys_exit_accept4
//! Why:   the state of an inbound connection changes while any process runs; only here is it
//!        known who takes it.
//! Blind: the tracepoints: io_uring and 32-bit calls, and a descriptor that another thread closes
//!        before the call returns. A connection nobody accepts is never told.
//! Cost:  see `tarsier status`.
use crate::emit::{emit_fixed, wanted};
use crate::kernel::{File, Sock, Task, args, owner, sock};
use crate::probe::tcp::{ended, remember};
use aya_ebpf::macros::{btf_tracepoint, fexit};
use aya_ebpf::programs::{BtfTracePointContext, FExitContext};
use common::names::{Direction, EventFlags};
use common::wire::Accept;

const CLOSED: u32 = 7;

/// The kernel hands a connection over.
#[fexit(function = "inet_csk_accept")]
pub fn accept(context: FExitContext) -> i32 {
    taken(sock::returned(&context));
    0
}

/// accept() or accept4() returns.
#[btf_tracepoint(function = "sys_exit")]
pub fn accept_exit(context: BtfTracePointContext) -> u32 {
    let descriptor = args::result(&context);
    if descriptor >= 0 {
        taken(Sock::of_file(File::of_descriptor(Task::current(), descriptor)));
    }
    0
}

#[inline(always)]
fn taken(socket: Sock) {
    if socket.is_null() || !socket.is_tcp() || !wanted::<Accept>() {
        return;
    }
    let cookie = socket.known_cookie();
    let over = socket.state() == CLOSED;
    let told = emit_fixed::<Accept>(EventFlags(0), |header, body| {
        if !over {
            remember(cookie, &owner::of_header(header, Direction::INBOUND));
        }
        let ends = socket.ends();
        body.socket = cookie;
        body.local = ends.local;
        body.remote = ends.remote;
        body.local_port = ends.local_port;
        body.remote_port = ends.remote_port;
        body.network_type = ends.network_type;
        Some(())
    });
    if over {
        // reset while it waited to be accepted: its end has been
        ended(socket, &owner::current(Direction::INBOUND, sock::TCP));
    } else if !told {
        // no room for the accept; its end may find some
        remember(cookie, &owner::current(Direction::INBOUND, sock::TCP));
    }
}
