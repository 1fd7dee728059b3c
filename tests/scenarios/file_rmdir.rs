// SPDX-License-Identifier: Apache-2.0
//! A directory removed, and one that is not empty and stays.

use crate::truth::{Ground, Scenario, Truth};
use anyhow::Result;
use std::fs;

/// Ways to remove one.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "file_rmdir.plain", setup: directory, act: plain }];

fn directory(ground: &Ground) -> Result<()> {
    Ok(fs::create_dir(ground.path("old"))?)
}

fn plain(ground: &Ground) -> Result<Truth> {
    let truth = Truth::new().file(&ground.path("old"))?;
    fs::remove_dir(ground.path("old"))?;
    Ok(truth)
}
