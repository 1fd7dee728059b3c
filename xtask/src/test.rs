// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask test`: what the README tells you to run.
//!
//! Builds the recorder, runs every test of the workspace against it on this host, then the
//! end-to-end tests on one stock kernel in an emulator. Without root, or without an emulator, the
//! rest still runs and the last lines say what was left out.

use crate::tally::Tally;
use crate::{packages, shell};
use anyhow::Result;

/// The kernel of the short form; `cargo xtask full` boots all.
const KERNEL: &str = "6.12";

/// Runs it all; `--no-vm` leaves out the kernel.
pub fn run(words: &[&str]) -> Result<()> {
    packages::install()?;
    let mut tally = Tally::default();
    host(&mut tally, false)?;
    match words {
        ["--no-vm"] => tally.cannot("VM", "left out by --no-vm"),
        _ => vm(&mut tally, &["--kernel", KERNEL], false)?,
    }
    tally.finish()
}

/// Every test of the workspace, on this host.
pub fn host(tally: &mut Tally, full: bool) -> Result<()> {
    shell::run(shell::cargo().args(["build", "--release", "-p", "tarsier"]))?;
    if !shell::is_root() {
        tally.cannot("recording on this host", "it needs root; run this again with sudo -E");
    }
    let mut cargo = shell::cargo();
    cargo.args(["test", "--release", "--workspace", "--no-fail-fast"]);
    cargo.env("TARSIER_BIN", shell::target_dir()?.join("release/tarsier"));
    if full {
        cargo.env("TARSIER_FULL", "1");
    }
    tally.run("tests on this host", &mut cargo)
}

/// The end-to-end tests on stock kernels.
pub fn vm(tally: &mut Tally, words: &[&str], full: bool) -> Result<()> {
    if !shell::has("qemu-system-x86_64") {
        tally.cannot("VM", "qemu-system-x86_64 is missing");
        return Ok(());
    }
    let mut cargo = shell::cargo();
    cargo.args(["run", "--quiet", "--release", "-p", "vm-tests", "--"]).args(words);
    if full {
        cargo.env("TARSIER_FULL", "1");
    }
    tally.run("tests on stock kernels", &mut cargo)
}
