// SPDX-License-Identifier: Apache-2.0
//! Files that come into being: by open, by mknod, and nameless first.

use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::stat::Mode;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;

/// Ways to make a file.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_create.open", setup: nothing, act: open },
    Scenario { name: "file_create.relative", setup: nothing, act: relative },
    Scenario { name: "file_create.fifo", setup: nothing, act: fifo },
    Scenario { name: "file_create.tmpfile", setup: nothing, act: tmpfile },
    Scenario { name: "file_create.denied", setup: nothing, act: denied },
];

fn open(ground: &Ground) -> Result<Truth> {
    let path = ground.path("new");
    OpenOptions::new().write(true).create_new(true).mode(0o640).open(&path)?;
    Truth::new().file(&path)
}

/// Named from the working directory, through `..`.
fn relative(ground: &Ground) -> Result<Truth> {
    std::env::set_current_dir(&ground.dir)?;
    let last = ground.dir.file_name().unwrap_or_default();
    let asked = std::path::Path::new("..").join(last).join("new");
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(asked)?;
    Truth::new().file(&ground.path("new"))
}

fn fifo(ground: &Ground) -> Result<Truth> {
    let path = ground.path("fifo");
    nix::unistd::mkfifo(&path, Mode::from_bits_truncate(0o600))?;
    Truth::new().file(&path)
}

/// Made without a name, named by linkat.
fn tmpfile(ground: &Ground) -> Result<Truth> {
    let path = ground.path("named");
    let flags = nix::libc::O_TMPFILE;
    let file = OpenOptions::new().write(true).mode(0o600).custom_flags(flags).open(&ground.dir)?;
    let by_fd = format!("/proc/self/fd/{}", file.as_raw_fd());
    let follow = AtFlags::AT_SYMLINK_FOLLOW;
    nix::unistd::linkat(AT_FDCWD, by_fd.as_str(), AT_FDCWD, &path, follow)?;
    Truth::new().file(&path)
}

fn denied(ground: &Ground) -> Result<Truth> {
    crate::truth::become_nobody()?;
    let path = ground.path("refused");
    let refused = File::create_new(&path).is_err();
    Ok(Truth::new().path("path", &path).with("refused", refused))
}
