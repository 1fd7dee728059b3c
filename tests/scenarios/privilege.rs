// SPDX-License-Identifier: Apache-2.0
//! Users, groups and capabilities changed by every family of calls.

use crate::raw;
use crate::truth::{Ground, NOBODY, Scenario, Truth, nothing};
use anyhow::Result;
use nix::unistd::{Gid, Uid};

/// Ways to become somebody else.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "privilege.setuid", setup: nothing, act: setuid },
    Scenario { name: "privilege.setresuid", setup: nothing, act: setresuid },
    Scenario { name: "privilege.setgid", setup: nothing, act: setgid },
    Scenario { name: "privilege.setresgid", setup: nothing, act: setresgid },
    Scenario { name: "privilege.capset", setup: nothing, act: capset },
    Scenario { name: "privilege.same", setup: nothing, act: same },
];

fn setuid(_: &Ground) -> Result<Truth> {
    nix::unistd::setuid(Uid::from_raw(NOBODY))?;
    Ok(Truth::new())
}

fn setresuid(_: &Ground) -> Result<Truth> {
    let root = Uid::from_raw(0);
    nix::unistd::setresuid(root, Uid::from_raw(NOBODY), root)?;
    Ok(Truth::new())
}

fn setgid(_: &Ground) -> Result<Truth> {
    nix::unistd::setgid(Gid::from_raw(NOBODY))?;
    Ok(Truth::new())
}

fn setresgid(_: &Ground) -> Result<Truth> {
    let root = Gid::from_raw(0);
    nix::unistd::setresgid(root, Gid::from_raw(NOBODY), root)?;
    Ok(Truth::new())
}

/// Keeps the first two capabilities only.
fn capset(_: &Ground) -> Result<Truth> {
    raw::capset(0b11)?;
    Ok(Truth::new())
}

/// A call that changes nothing.
fn same(_: &Ground) -> Result<Truth> {
    nix::unistd::setuid(Uid::from_raw(0))?;
    nix::unistd::setgid(Gid::from_raw(0))?;
    Ok(Truth::new())
}
