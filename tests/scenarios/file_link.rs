// SPDX-License-Identifier: Apache-2.0
//! A second name for a file.

use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use std::fs;

/// Ways to link.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "file_link.plain", setup: one_file, act: plain }];

fn plain(ground: &Ground) -> Result<Truth> {
    fs::hard_link(ground.file(), ground.path("second"))?;
    Ok(Truth::new().file(&ground.path("second"))?.path("target", &ground.file()))
}
