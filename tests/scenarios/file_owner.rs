// SPDX-License-Identifier: Apache-2.0
//! Owners changed by path, by descriptor, and of the link instead of its target.

use crate::truth::{Ground, NOBODY, Scenario, Truth, one_file};
use anyhow::Result;
use std::fs::File;
use std::os::unix::fs::{chown, fchown, lchown, symlink};

/// Ways to change them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_owner.path", setup: one_file, act: by_path },
    Scenario { name: "file_owner.descriptor", setup: one_file, act: descriptor },
    Scenario { name: "file_owner.link", setup: link, act: of_link },
];

fn link(ground: &Ground) -> Result<()> {
    one_file(ground)?;
    Ok(symlink("file", ground.path("link"))?)
}

fn by_path(ground: &Ground) -> Result<Truth> {
    chown(ground.file(), Some(NOBODY), Some(1))?;
    Truth::new().file(&ground.file())
}

/// Only the group: the owner stays as it is.
fn descriptor(ground: &Ground) -> Result<Truth> {
    fchown(File::open(ground.file())?, None, Some(1))?;
    Truth::new().file(&ground.file())
}

fn of_link(ground: &Ground) -> Result<Truth> {
    lchown(ground.path("link"), Some(NOBODY), None)?;
    Truth::new().file(&ground.path("link"))
}
