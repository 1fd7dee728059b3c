// SPDX-License-Identifier: Apache-2.0
//! Namespaces left, joined and begun with.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::libc::CLONE_NEWUTS;
use nix::sched::{CloneFlags, setns, unshare};
use std::fs::File;

/// Ways to change them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "namespace.unshare", setup: nothing, act: leave },
    Scenario { name: "namespace.setns", setup: nothing, act: join },
    Scenario { name: "namespace.clone", setup: nothing, act: begin },
];

fn leave(_: &Ground) -> Result<Truth> {
    unshare(CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC)?;
    Ok(Truth::new())
}

/// Out and back in.
fn join(_: &Ground) -> Result<Truth> {
    let before = File::open("/proc/self/ns/uts")?;
    unshare(CloneFlags::CLONE_NEWUTS)?;
    setns(before, CloneFlags::CLONE_NEWUTS)?;
    Ok(Truth::new())
}

fn begin(_: &Ground) -> Result<Truth> {
    let child = raw::fork_into(CLONE_NEWUTS, || 0)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}
