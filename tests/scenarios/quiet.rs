// SPDX-License-Identifier: Apache-2.0
//! Things that change nothing and must not become events.

use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};

/// Nothing happens here.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "quiet.open", setup: one_file, act: open },
    Scenario { name: "quiet.read", setup: one_file, act: read },
    Scenario { name: "quiet.failed_write", setup: one_file, act: failed_write },
    Scenario { name: "quiet.missing", setup: one_file, act: missing },
];

/// Opened for writing, nothing written.
fn open(ground: &Ground) -> Result<Truth> {
    OpenOptions::new().write(true).read(true).open(ground.file())?;
    OpenOptions::new().append(true).create(true).open(ground.file())?;
    Ok(Truth::new())
}

fn read(ground: &Ground) -> Result<Truth> {
    let mut text = String::new();
    File::open(ground.file())?.read_to_string(&mut text)?;
    fs::metadata(ground.file())?;
    Ok(Truth::new())
}

/// The kernel refuses to let the file grow: not one byte is written.
fn failed_write(ground: &Ground) -> Result<Truth> {
    ignore_size_signal()?;
    setrlimit(Resource::RLIMIT_FSIZE, 1, 1)?;
    let mut file = OpenOptions::new().append(true).open(ground.file())?;
    Ok(Truth::new().with("refused", file.write(b"more").is_err()))
}

fn ignore_size_signal() -> Result<()> {
    let mut set = nix::sys::signal::SigSet::empty();
    set.add(Signal::SIGXFSZ);
    set.thread_block()?;
    Ok(())
}

/// Failures that say nothing about rights are no events.
fn missing(ground: &Ground) -> Result<Truth> {
    let gone = ground.path("gone");
    let all = [
        fs::remove_file(&gone).is_err(),
        fs::rename(&gone, ground.path("new")).is_err(),
        fs::create_dir(ground.file()).is_err(),
        File::open(&gone).is_err(),
    ];
    Ok(Truth::new().with("refused", all.iter().all(|failed| *failed)))
}
