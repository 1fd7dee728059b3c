// SPDX-License-Identifier: Apache-2.0
//! Where the programs lie and where there is room to work.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Full-size storms and fifty kills; set by `cargo xtask full`.
pub fn full_size() -> bool {
    std::env::var_os("TARSIER_FULL").is_some()
}

/// Whether this runs in an emulated machine, which is about ten times slower.
pub fn emulated() -> bool {
    std::env::var_os("TARSIER_VM").is_some()
}

/// A program built beside this test: `target/<profile>/name`.
fn beside(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    for dir in own.ancestors().skip(1).take(2) {
        let path = dir.join(name);
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!("{name} is not built: no such file beside {}", own.display())
}

/// The recorder: `TARSIER_BIN`, else the one built beside this test.
pub fn tarsier() -> Result<PathBuf> {
    match std::env::var_os("TARSIER_BIN") {
        Some(path) => Ok(path.into()),
        None => beside("tarsier").context("build it first: cargo build --release -p tarsier"),
    }
}

/// The scenario programs.
pub fn scenario() -> Result<PathBuf> {
    beside("scenario")
}

/// A directory of our own on a real file system, removed with everything in it when dropped.
///
/// `TARSIER_SCRATCH` or `TMPDIR` say where, else `/var/tmp`: on a tmpfs, times of files do not
/// change as they do on a disk.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new directory that everybody may search, since some scenarios give up their rights.
    pub fn new(name: &str) -> Result<Scratch> {
        let given = ["TARSIER_SCRATCH", "TMPDIR"].iter().find_map(std::env::var_os);
        let base = given.map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from);
        let path = base.join(format!("tarsier-{name}-{}", std::process::id()));
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Scratch(path.canonicalize()?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether files here behave as on a disk.
    pub fn is_on_disk(&self) -> bool {
        let kind = nix::sys::statfs::statfs(&self.0).map(|about| about.filesystem_type());
        !matches!(kind, Ok(nix::sys::statfs::TMPFS_MAGIC | nix::sys::statfs::OVERLAYFS_SUPER_MAGIC))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::env::var_os("E2E_KEEP").is_some() {
            eprintln!("kept: {}", self.0.display());
        } else if let Err(why) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {why}", self.0.display());
        }
    }
}

/// Whether this test may record: the recorder needs root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Kernel audit must be as disabled after a test as it was before; `None` where nobody can ask.
pub fn audit_enabled() -> Option<bool> {
    let output = Command::new("auditctl").arg("-s").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("enabled "))?;
    Some(line.trim() != "0")
}
