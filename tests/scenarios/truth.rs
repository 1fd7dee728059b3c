// SPDX-License-Identifier: Apache-2.0
//! Where a scenario works and what it says it did.
//!
//! The truth is one JSON object on standard output (a pipe: writing it is no file event). A test
//! compares what was recorded with it and with nothing else.

use anyhow::{Context as _, Result};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The user that may do nothing: `nobody`.
pub const NOBODY: u32 = 65534;

/// One program that does one thing.
pub struct Scenario {
    /// `kind.case`.
    pub name: &'static str,
    /// What must be there before; run as a process of its own, so that its events are not ours.
    pub setup: fn(&Ground) -> Result<()>,
    /// The thing.
    pub act: fn(&Ground) -> Result<Truth>,
}

/// The directory a scenario may use.
pub struct Ground {
    /// Absolute, on a real file system.
    pub dir: PathBuf,
}

impl Ground {
    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The file [`one_file`] made.
    pub fn file(&self) -> PathBuf {
        self.path("file")
    }

    /// This program again, doing nothing.
    pub fn noop(&self) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("noop");
        Ok(command)
    }
}

/// Set-up for a scenario that needs nothing.
pub fn nothing(_: &Ground) -> Result<()> {
    Ok(())
}

/// Set-up for a scenario that needs `file`, 7 bytes long, mode 0644.
pub fn one_file(ground: &Ground) -> Result<()> {
    fs::write(ground.file(), "before\n")?;
    Ok(())
}

/// Gives up every right for good, without starting another program.
pub fn become_nobody() -> Result<()> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)?;
    Ok(())
}

/// What happened, by name.
#[derive(Default)]
pub struct Truth(Map<String, Value>);

impl Truth {
    /// Nothing yet.
    pub fn new() -> Truth {
        Truth::default()
    }

    /// Adds a number, a text or a list.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Truth {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a path; bytes that are not UTF-8 are told as the recorder tells them.
    pub fn path(self, name: &str, path: &Path) -> Truth {
        self.bytes(name, path.as_os_str().as_bytes())
    }

    /// Adds bytes that may not be UTF-8.
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Truth {
        self.with(name, show(bytes))
    }

    /// Adds `inode` and `device` of a file, and its `path`.
    pub fn file(self, path: &Path) -> Result<Truth> {
        let about = fs::symlink_metadata(path).with_context(|| format!("{}", path.display()))?;
        Ok(self.identity(about.ino(), about.dev()).path("path", path))
    }

    /// Adds `inode` and `device` of an open file.
    pub fn open_file(self, file: &File) -> Result<Truth> {
        let about = file.metadata()?;
        Ok(self.identity(about.ino(), about.dev()))
    }

    fn identity(self, inode: u64, device: u64) -> Truth {
        let (major, minor) = (nix::sys::stat::major(device), nix::sys::stat::minor(device));
        self.with("inode", inode).with("device", format!("{major}:{minor}"))
    }

    /// The JSON object.
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// Bytes as text: UTF-8 as it is, other bytes as `\xNN`.
pub fn show(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}
