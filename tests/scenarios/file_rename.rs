// SPDX-License-Identifier: Apache-2.0
//! Names moved: to a free name, over a file, in exchange, and in vain.

use crate::truth::{Ground, Scenario, Truth, become_nobody, one_file};
use anyhow::Result;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use std::fs;
use std::os::unix::fs::MetadataExt as _;

/// Ways to move one.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_rename.plain", setup: one_file, act: plain },
    Scenario { name: "file_rename.over", setup: two_files, act: over },
    Scenario { name: "file_rename.exchange", setup: two_files, act: exchange },
    Scenario { name: "file_rename.denied", setup: one_file, act: denied },
    Scenario { name: "file_rename.directory", setup: directory, act: of_directory },
];

fn two_files(ground: &Ground) -> Result<()> {
    one_file(ground)?;
    Ok(fs::write(ground.path("other"), "other")?)
}

fn truth(ground: &Ground, new: &str) -> Result<Truth> {
    Ok(Truth::new().file(&ground.path(new))?.path("old", &ground.file()))
}

fn plain(ground: &Ground) -> Result<Truth> {
    fs::rename(ground.file(), ground.path("new"))?;
    truth(ground, "new")
}

fn over(ground: &Ground) -> Result<Truth> {
    let replaced = fs::metadata(ground.path("other"))?.ino();
    fs::rename(ground.file(), ground.path("other"))?;
    Ok(truth(ground, "other")?.with("replaced", replaced))
}

fn exchange(ground: &Ground) -> Result<Truth> {
    let replaced = fs::metadata(ground.path("other"))?.ino();
    let (from, to) = (ground.file(), ground.path("other"));
    renameat2(AT_FDCWD, &from, AT_FDCWD, &to, RenameFlags::RENAME_EXCHANGE)?;
    Ok(truth(ground, "other")?.with("replaced", replaced))
}

fn denied(ground: &Ground) -> Result<Truth> {
    become_nobody()?;
    let refused = fs::rename(ground.file(), ground.path("new")).is_err();
    Ok(Truth::new()
        .path("old", &ground.file())
        .path("path", &ground.path("new"))
        .with("refused", refused))
}

fn directory(ground: &Ground) -> Result<()> {
    Ok(fs::create_dir(ground.path("old"))?)
}

fn of_directory(ground: &Ground) -> Result<Truth> {
    fs::rename(ground.path("old"), ground.path("new"))?;
    Ok(Truth::new().file(&ground.path("new"))?.path("old", &ground.path("old")))
}
