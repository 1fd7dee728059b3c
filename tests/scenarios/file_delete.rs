// SPDX-License-Identifier: Apache-2.0
//! Names removed: the last one, one of two, and one named from a directory.

use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::fs::{self, File};

/// Ways to remove a name.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_delete.last", setup: one_file, act: last },
    Scenario { name: "file_delete.linked", setup: two_names, act: last },
    Scenario { name: "file_delete.at", setup: one_file, act: at },
    Scenario { name: "file_delete.denied", setup: one_file, act: denied },
];

fn two_names(ground: &Ground) -> Result<()> {
    one_file(ground)?;
    Ok(fs::hard_link(ground.file(), ground.path("other"))?)
}

fn last(ground: &Ground) -> Result<Truth> {
    let truth = Truth::new().file(&ground.file())?;
    fs::remove_file(ground.file())?;
    Ok(truth)
}

fn at(ground: &Ground) -> Result<Truth> {
    let truth = Truth::new().file(&ground.file())?;
    unlinkat(File::open(&ground.dir)?, "file", UnlinkatFlags::NoRemoveDir)?;
    Ok(truth)
}

fn denied(ground: &Ground) -> Result<Truth> {
    let truth = Truth::new().file(&ground.file())?;
    crate::truth::become_nobody()?;
    Ok(truth.with("refused", fs::remove_file(ground.file()).is_err()))
}
