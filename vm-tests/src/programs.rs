// SPDX-License-Identifier: Apache-2.0
//! Builds what runs in a guest: static programs, since a guest has no C library.
//!
//! They get a target directory of their own, because other flags in the shared one would make
//! every later host build start again.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A program for a guest.
#[derive(Clone)]
pub struct Program {
    /// The name of its cargo target.
    pub name: String,
    /// Where it was built; in the guest it lies at the same path.
    pub path: PathBuf,
    /// Whether it is a test executable.
    pub is_test: bool,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("vm-tests lies in the root").to_path_buf()
}

/// The recorder.
pub fn tarsier() -> Result<PathBuf> {
    one(&["build", "-p", "tarsier", "--bin", "tarsier"], "tarsier")
}

/// The first process of a guest.
pub fn init() -> Result<PathBuf> {
    one(&["build", "-p", "vm-guest"], "vm-guest")
}

/// The end-to-end tests and the scenario programs they start.
pub fn tests() -> Result<Vec<Program>> {
    cargo(&["test", "--no-run", "-p", "e2e"])
}

fn one(words: &[&str], name: &str) -> Result<PathBuf> {
    let programs = cargo(words)?;
    let found = programs.into_iter().find(|program| program.name == name);
    Ok(found.with_context(|| format!("cargo built no {name}"))?.path)
}

fn cargo(words: &[&str]) -> Result<Vec<Program>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(words)
        .args(["--quiet", "--release", "--target", TARGET])
        .args(["--message-format=json-render-diagnostics", "--target-dir"])
        .arg(root().join("target/vm"))
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+crt-static")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .stderr(Stdio::inherit());
    let output = cargo.output().with_context(|| format!("cannot start {cargo:?}"))?;
    if !output.status.success() {
        bail!("cargo {} failed", words.join(" "));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(artifact).collect())
}

/// The program a message of cargo is about, if it is about one.
fn artifact(line: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(line).ok()?;
    Some(Program {
        path: PathBuf::from(message.get("executable")?.as_str()?),
        name: message.get("target")?.get("name")?.as_str()?.to_owned(),
        is_test: message.get("profile")?.get("test")?.as_bool()?,
    })
}

#[cfg(test)]
mod tests {
    use super::artifact;

    #[test]
    fn only_messages_with_an_executable_are_programs() {
        let line = r#"{"reason":"compiler-artifact","executable":"/x/exec-1","target":
            {"name":"exec"},"profile":{"test":true}}"#;
        let program = artifact(line).expect("a program");
        assert!(program.is_test);
        assert_eq!(program.name, "exec");
        assert!(artifact(r#"{"reason":"x","executable":null}"#).is_none());
    }
}
