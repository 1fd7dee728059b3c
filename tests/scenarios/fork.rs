// SPDX-License-Identifier: Apache-2.0
//! A child that only leaves; a thread is none.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;

/// Processes made.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "fork.child", setup: nothing, act: child },
    Scenario { name: "fork.thread", setup: nothing, act: thread },
];

fn child(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| 0)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}

fn thread(_: &Ground) -> Result<Truth> {
    let answer = std::thread::spawn(|| 42).join();
    Ok(Truth::new().with("answer", answer.unwrap_or(0)))
}
