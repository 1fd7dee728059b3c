// SPDX-License-Identifier: Apache-2.0
//! Memory of another process written by call and by file.

use crate::ptrace::{finish, victim};
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::uio::{RemoteIoVec, process_vm_writev};
use std::fs::OpenOptions;
use std::io::IoSlice;
use std::os::unix::fs::FileExt as _;

/// Ways to write there.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "process_write.vm_writev", setup: nothing, act: vm_writev },
    Scenario { name: "process_write.mem", setup: nothing, act: mem },
];

/// A variable that stands at the same place in a forked child.
fn target() -> (Box<u64>, usize) {
    let place = Box::new(1);
    let at = std::ptr::from_ref(place.as_ref()).addr();
    (place, at)
}

fn vm_writev(_: &Ground) -> Result<Truth> {
    let (_place, base) = target();
    let child = victim()?;
    let remote = [RemoteIoVec { base, len: 8 }];
    let written = process_vm_writev(child, &[IoSlice::new(&[7; 8])], &remote)?;
    Ok(finish(child)?.with("written", written))
}

fn mem(_: &Ground) -> Result<Truth> {
    let (_place, at) = target();
    let child = victim()?;
    let memory = OpenOptions::new().write(true).open(format!("/proc/{child}/mem"))?;
    memory.write_all_at(&[7; 8], u64::try_from(at)?)?;
    drop(memory);
    finish(child)
}
