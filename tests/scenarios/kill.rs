// SPDX-License-Identifier: Apache-2.0
//! Signals across users, and one between processes of the same user.

use crate::ptrace::victim;
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use std::time::Duration;

/// Ways to signal.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "kill.other_user", setup: nothing, act: other_user },
    Scenario { name: "kill.same_user", setup: nothing, act: same_user },
];

const VICTIM: u32 = 1001;
const SENDER: u32 = 1002;

fn become_user(real: u32, effective: u32) -> Result<()> {
    let group = Gid::from_raw(VICTIM);
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(Uid::from_raw(real), Uid::from_raw(effective), Uid::from_raw(effective))?;
    Ok(())
}

/// The sender acts as another user and may signal by its real one.
fn other_user(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| match become_user(VICTIM, VICTIM) {
        Ok(()) => {
            std::thread::sleep(Duration::from_secs(60));
            0
        }
        Err(_) => 1,
    })?;
    std::thread::sleep(Duration::from_millis(100));
    become_user(VICTIM, SENDER)?;
    kill(child, Signal::SIGTERM)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()).with("user", VICTIM))
}

fn same_user(_: &Ground) -> Result<Truth> {
    let child = victim()?;
    kill(child, Signal::SIGKILL)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}
