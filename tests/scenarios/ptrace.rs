// SPDX-License-Identifier: Apache-2.0
//! Attaching to another process.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::Duration;

/// Ways to attach.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "ptrace.attach", setup: nothing, act: attach },
    Scenario { name: "ptrace.seize", setup: nothing, act: seize },
    Scenario { name: "ptrace.traceme", setup: nothing, act: traceme },
];

/// A child that waits to be ended.
pub fn victim() -> Result<Pid> {
    raw::fork(|| {
        std::thread::sleep(Duration::from_secs(60));
        0
    })
}

/// Ends it.
pub fn finish(child: Pid) -> Result<Truth> {
    kill(child, Signal::SIGKILL)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}

fn attach(_: &Ground) -> Result<Truth> {
    let child = victim()?;
    ptrace::attach(child)?;
    raw::wait(child)?;
    finish(child)
}

fn seize(_: &Ground) -> Result<Truth> {
    let child = victim()?;
    ptrace::seize(child, Options::empty())?;
    finish(child)
}

fn traceme(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| i32::from(ptrace::traceme().is_err()))?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()).with("parent", std::process::id()))
}
