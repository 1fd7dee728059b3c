// SPDX-License-Identifier: Apache-2.0
//! Sizes set by path and by descriptor.

use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use std::fs::OpenOptions;

/// Ways to set them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_truncate.path", setup: one_file, act: by_path },
    Scenario { name: "file_truncate.descriptor", setup: one_file, act: descriptor },
];

fn by_path(ground: &Ground) -> Result<Truth> {
    nix::unistd::truncate(&ground.file(), 3)?;
    Truth::new().file(&ground.file())
}

fn descriptor(ground: &Ground) -> Result<Truth> {
    OpenOptions::new().write(true).open(ground.file())?.set_len(5)?;
    Truth::new().file(&ground.file())
}
