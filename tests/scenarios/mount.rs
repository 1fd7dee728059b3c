// SPDX-License-Identifier: Apache-2.0
//! Mounts in a mount namespace of its own, so that nothing stays behind.

use crate::truth::{Ground, Scenario, Truth};
use anyhow::Result;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::fs;
use std::path::Path;

/// Ways to mount.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "mount.tmpfs", setup: two_directories, act: tmpfs },
    Scenario { name: "mount.bind", setup: two_directories, act: bind },
];

const NONE: Option<&str> = None;

/// Set-up: `a` and `b`.
pub fn two_directories(ground: &Ground) -> Result<()> {
    fs::create_dir(ground.path("a"))?;
    Ok(fs::create_dir(ground.path("b"))?)
}

/// A mount namespace whose changes stay inside.
pub fn own_namespace() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    Ok(mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE)?)
}

/// Shows one directory at another place too.
pub fn bind_to(from: &Path, to: &Path) -> Result<()> {
    Ok(mount(Some(from), to, NONE, MsFlags::MS_BIND, NONE)?)
}

fn tmpfs(ground: &Ground) -> Result<Truth> {
    own_namespace()?;
    let flags = MsFlags::MS_NOSUID;
    mount(Some("little"), &ground.path("a"), Some("tmpfs"), flags, Some("size=64k"))?;
    Ok(Truth::new().path("path", &ground.path("a")).with("flags", MsFlags::MS_NOSUID.bits()))
}

fn bind(ground: &Ground) -> Result<Truth> {
    own_namespace()?;
    bind_to(&ground.path("a"), &ground.path("b"))?;
    Ok(Truth::new()
        .path("path", &ground.path("b"))
        .path("source", &ground.path("a"))
        .with("flags", MsFlags::MS_BIND.bits()))
}
