// SPDX-License-Identifier: Apache-2.0
//! Directories made by path and from a directory.

use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::stat::{Mode, mkdirat};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;

/// Ways to make one.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_mkdir.path", setup: nothing, act: by_path },
    Scenario { name: "file_mkdir.at", setup: nothing, act: at },
];

fn by_path(ground: &Ground) -> Result<Truth> {
    DirBuilder::new().mode(0o750).create(ground.path("new"))?;
    Truth::new().file(&ground.path("new"))
}

fn at(ground: &Ground) -> Result<Truth> {
    mkdirat(File::open(&ground.dir)?, "new", Mode::from_bits_truncate(0o700))?;
    Truth::new().file(&ground.path("new"))
}
