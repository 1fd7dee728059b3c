// SPDX-License-Identifier: Apache-2.0
//! Permission bits changed by path, by descriptor, and in vain.

use crate::truth::{Ground, Scenario, Truth, become_nobody, one_file};
use anyhow::Result;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;

/// Ways to change them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_mode.path", setup: one_file, act: by_path },
    Scenario { name: "file_mode.at", setup: one_file, act: at },
    Scenario { name: "file_mode.descriptor", setup: one_file, act: descriptor },
    Scenario { name: "file_mode.denied", setup: one_file, act: denied },
];

fn by_path(ground: &Ground) -> Result<Truth> {
    fs::set_permissions(ground.file(), Permissions::from_mode(0o4600))?;
    Truth::new().file(&ground.file())
}

fn at(ground: &Ground) -> Result<Truth> {
    let dir = File::open(&ground.dir)?;
    fchmodat(dir, "file", Mode::from_bits_truncate(0o4600), FchmodatFlags::FollowSymlink)?;
    Truth::new().file(&ground.file())
}

fn descriptor(ground: &Ground) -> Result<Truth> {
    File::open(ground.file())?.set_permissions(Permissions::from_mode(0o4600))?;
    Truth::new().file(&ground.file())
}

fn denied(ground: &Ground) -> Result<Truth> {
    become_nobody()?;
    let refused = fs::set_permissions(ground.file(), Permissions::from_mode(0o4600)).is_err();
    Ok(Truth::new().file(&ground.file())?.with("refused", refused))
}
