// SPDX-License-Identifier: Apache-2.0
//! Runs one step of the plan with a time limit, and buries every orphan meanwhile.

use crate::hooks;
use crate::plan::{Plan, Step};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a step and says in a few words how it ended: `code 0 12ms`, `signal 9 …`, `timeout …`.
pub fn run(step: &Step, plan: &Plan, port: &mut File) -> String {
    let start = Instant::now();
    let end = if step.hooks {
        hooks::check(&step.words[0], port)
            .map_or_else(|why| format!("error {why}"), |()| "code 0".into())
    } else {
        spawn_and_wait(step, plan, port).unwrap_or_else(|why| format!("error {why}"))
    };
    format!("{} {end}", start.elapsed().as_millis())
}

fn spawn_and_wait(step: &Step, plan: &Plan, port: &File) -> Result<String, String> {
    let name = &step.words[0];
    let stream = || port.try_clone().map(Stdio::from).map_err(|why| why.to_string());
    let child = Command::new(name)
        .args(&step.words[1..])
        .env_clear()
        .envs(plan.env.iter().map(|(name, value)| (name, value)))
        .current_dir("/work")
        .stdin(Stdio::null())
        .stdout(stream()?)
        .stderr(stream()?)
        .spawn()
        .map_err(|why| format!("{name}: {why}"))?;
    let id = i32::try_from(child.id()).expect("a pid is positive");
    let pid = Pid::from_raw(id).expect("a pid is not zero");
    let deadline = Instant::now() + Duration::from_secs(step.seconds);
    let mut late = false;
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((who, status))) if who == pid => return Ok(describe(status, late)),
            Ok(Some(_)) => {} // an orphan of some test
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(why) => return Err(format!("wait: {why}")),
        }
        if !late && Instant::now() > deadline {
            late = true;
            rustix::process::kill_process(pid, Signal::KILL).map_err(|why| why.to_string())?;
        }
    }
}

fn describe(status: WaitStatus, late: bool) -> String {
    match (late, status.exit_status(), status.terminating_signal()) {
        (true, _, _) => "timeout".to_owned(),
        (_, Some(code), _) => format!("code {code}"),
        (_, _, Some(signal)) => format!("signal {signal}"),
        _ => "error neither exited nor killed".to_owned(),
    }
}
