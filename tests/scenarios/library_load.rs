// SPDX-License-Identifier: Apache-2.0
//! Files mapped executable, as the dynamic loader does it and as packers do it.

use crate::raw::Mapping;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::{Result, bail};
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// Ways to map code.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "library_load.mapped", setup: object, act: mapped },
    Scenario { name: "library_load.protected", setup: object, act: protected },
    Scenario { name: "library_load.twice", setup: object, act: twice },
    Scenario { name: "library_load.dynamic", setup: nothing, act: dynamic },
];

fn object(ground: &Ground) -> Result<()> {
    fs::copy(std::env::current_exe()?, ground.path("object.so"))?;
    Ok(())
}

fn truth(ground: &Ground) -> Result<Truth> {
    let size = fs::metadata(ground.path("object.so"))?.len();
    Ok(Truth::new().file(&ground.path("object.so"))?.with("size", size))
}

fn mapped(ground: &Ground) -> Result<Truth> {
    Mapping::image(&File::open(ground.path("object.so"))?, true)?;
    truth(ground)
}

/// Mapped for reading, made executable afterwards.
fn protected(ground: &Ground) -> Result<Truth> {
    Mapping::image(&File::open(ground.path("object.so"))?, false)?.make_executable()?;
    truth(ground)
}

/// Several times by one process, which is told once, and once by its child.
fn twice(ground: &Ground) -> Result<Truth> {
    for _ in 0..3 {
        mapped(ground)?;
    }
    truth(ground)
}

/// A program of the system with its loader and its C library.
fn dynamic(_: &Ground) -> Result<Truth> {
    let interpreter = Path::new("/lib64/ld-linux-x86-64.so.2");
    let program = Path::new("/bin/true");
    if !interpreter.exists() || !program.exists() {
        bail!("SKIP: no dynamic program here");
    }
    let mut child = Command::new(program).spawn()?;
    let pid = child.id();
    child.wait()?;
    Ok(Truth::new()
        .with("child", pid)
        .path("interpreter", &interpreter.canonicalize()?)
        .path("program", &program.canonicalize()?))
}
