// SPDX-License-Identifier: Apache-2.0
//! Processes that end by code and by signal, with threads leaving in awkward orders.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Ways to end.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "exit.code", setup: nothing, act: code },
    Scenario { name: "exit.signal", setup: nothing, act: signal },
    Scenario { name: "exit.leader_first", setup: nothing, act: leader_first },
    Scenario { name: "exit.race", setup: nothing, act: race },
    Scenario { name: "exit.cpu_time", setup: nothing, act: cpu_time },
];

fn code(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| 7)?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}

fn signal(_: &Ground) -> Result<Truth> {
    let child =
        raw::fork(|| i32::from(nix::sys::signal::kill(Pid::this(), Signal::SIGTERM).is_err()))?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}

/// The first thread leaves; another ends the process later, with the code that counts.
fn leader_first(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| {
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            raw::leave(9)
        });
        raw::leave_thread()
    })?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()))
}

const RACES: usize = 50;

/// Threads of one process leave at the same moment, many times over.
fn race(_: &Ground) -> Result<Truth> {
    let mut children = Vec::new();
    for _ in 0..RACES {
        let child = raw::fork(|| {
            let start: &'static Barrier = Box::leak(Box::new(Barrier::new(4)));
            for _ in 0..3 {
                std::thread::spawn(move || {
                    start.wait();
                    raw::leave_thread()
                });
            }
            start.wait();
            raw::leave_thread()
        })?;
        raw::wait(child)?;
        children.push(child.as_raw());
    }
    Ok(Truth::new().with("children", children))
}

fn cpu_time(_: &Ground) -> Result<Truth> {
    let child = raw::fork(|| {
        let begin = Instant::now();
        let mut spun = 0u64;
        while begin.elapsed() < Duration::from_millis(120) {
            spun = std::hint::black_box(spun + 1);
        }
        0
    })?;
    raw::wait(child)?;
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    let nanoseconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() * 1_000_000_000 + time.tv_usec() * 1000;
    Ok(Truth::new()
        .with("child", child.as_raw())
        .with("user", nanoseconds(usage.user_time()))
        .with("system", nanoseconds(usage.system_time())))
}
