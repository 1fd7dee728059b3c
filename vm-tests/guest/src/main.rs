// SPDX-License-Identifier: Apache-2.0
//! PID 1 of a test guest: mount, follow the plan, say how each step ended, power off.
//!
//! It is a static program so that the guest needs no distribution. Whatever a step prints goes to
//! the second serial port together with our own `@vm` lines; the first one is the kernel's, so
//! that a kernel message can never cut a result in two. It refuses to continue after a failed
//! mount: a test on half a system proves nothing.

mod btf;
mod ground;
mod hooks;
mod plan;
mod step;

use plan::Plan;
use rustix::system::RebootCommand;
use std::fs::{File, OpenOptions};
use std::io::Write as _;

fn main() {
    if let Err(why) = live() {
        eprintln!("vm-guest: {why}");
    }
    rustix::fs::sync();
    // Only reached from PID 1; anywhere else the call is refused and nothing happens.
    if rustix::system::reboot(RebootCommand::PowerOff).is_err() {
        eprintln!("vm-guest: cannot power off: not PID 1?");
    }
}

/// The whole life of the guest.
fn live() -> Result<(), String> {
    if std::process::id() != 1 {
        return Err("this program is the first process of a test guest, nothing else".into());
    }
    ground::lay()?;
    let plan = Plan::read("/plan")?;
    ground::move_to_disk()?;
    ground::loopback_up()?;
    let mut port = open_port()?;
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    say(&mut port, &format!("@vm booted {}", release.trim()));
    for (number, what) in plan.steps.iter().enumerate() {
        say(&mut port, &format!("@vm begin {number} {}", what.name));
        let end = step::run(what, &plan, &mut port);
        say(&mut port, &format!("\n@vm end {number} {end}"));
    }
    say(&mut port, "@vm done");
    rustix::termios::tcdrain(&port).map_err(|why| format!("tcdrain: {why}"))
}

fn open_port() -> Result<File, String> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/ttyS1")
        .map_err(|why| format!("/dev/ttyS1: {why}"))
}

/// A lost line is seen by the host as a missing verdict, so an error here is not repeated.
fn say(port: &mut File, line: &str) {
    if let Err(why) = writeln!(port, "{line}") {
        eprintln!("vm-guest: {line}: {why}");
    }
}
