// SPDX-License-Identifier: Apache-2.0
//! Runs a scenario program and keeps what it says is true.

use crate::place;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A scenario that was run.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Its process.
    pub pid: u32,
    /// Where it worked.
    pub dir: PathBuf,
    /// Its process that made what was needed before.
    pub setup: u32,
    /// What it says is true.
    pub truth: Value,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It did its thing.
    Done(Deed),
    /// It cannot be done here, and why.
    Skipped(String),
    /// It failed, and why.
    Failed(String),
}

/// Prepares and runs `name` in a directory of its own below `base`.
pub fn run(name: &str, base: &Path) -> Outcome {
    match attempt(name, base) {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Failed(format!("{why:#}")),
    }
}

fn attempt(name: &str, base: &Path) -> Result<Outcome> {
    let dir = base.join(name);
    std::fs::create_dir_all(&dir)?;
    let program = place::scenario()?;
    let mut setup = Command::new(&program).args(["--setup", name]).arg(&dir).spawn()?;
    if !setup.wait()?.success() {
        bail!("the set-up failed");
    }
    let child = Command::new(&program)
        .arg(name)
        .arg(&dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| program.display().to_string())?;
    let pid = child.id();
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Some((_, reason)) = said.split_once("SKIP: ") {
        return Ok(Outcome::Skipped(reason.trim().to_owned()));
    }
    if !output.status.success() {
        bail!("the scenario failed: {}: {said}", output.status);
    }
    let truth = serde_json::from_slice(&output.stdout).context("the truth is no JSON")?;
    Ok(Outcome::Done(Deed { pid, dir, setup: setup.id(), truth }))
}
