// SPDX-License-Identifier: Apache-2.0
//! Who did it: from a process key or a record's header to everything known about the process.
//!
//! The process table is fed by the records themselves (exec, fork, exit, the inventory at start),
//! so a process that lived one millisecond has the same fields as a daemon.
pub mod container;
pub mod hash;
pub mod process;
pub mod user;
