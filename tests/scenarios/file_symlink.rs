// SPDX-License-Identifier: Apache-2.0
//! A symbolic link to nowhere.

use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use std::os::unix::fs::symlink;

/// Ways to make one.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "file_symlink.plain", setup: nothing, act: plain }];

fn plain(ground: &Ground) -> Result<Truth> {
    symlink("no/where", ground.path("link"))?;
    Truth::new().file(&ground.path("link"))
}
