// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! One file for each wire kind, named like it.
//!
//! A probe is: a contract (`Hook`, `Why`, `Blind`, `Cost`), then for each hook a function that
//! asks `wanted`, reads its arguments through `kernel`, and calls `emit`. No `unsafe` here, no
//! maps of its own without a line in `maps`, nothing that can panic.
mod accept;
mod bpf;
mod connect;
mod create;
mod cred;
mod dirty;
mod dns;
mod exec;
mod exit;
mod fork;
mod inventory;
mod kill;
mod map;
mod module;
mod mount;
mod namespace;
mod outcome;
mod path_op;
pub mod process_write;
mod ptrace;
mod tcp;
mod udp;
mod write;

pub use inventory::inventory;
