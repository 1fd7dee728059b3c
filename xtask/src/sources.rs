// SPDX-License-Identifier: Apache-2.0
//! One hash over everything the probes are made of, and the file that keeps it.
//!
//! The file lets a machine without BPF tools say whether the committed object is still the one
//! that belongs to the sources. It proves nothing about the compiler: only a rebuild does.

use crate::shell;
use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the facts about the committed object are kept.
pub fn file() -> PathBuf {
    shell::root().join("sensor/assets/probes.sources")
}

/// The hexadecimal SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The version of the compiler in use, such as `1.95.0`, and its full line.
pub fn rustc_version() -> Result<(String, String)> {
    let line = shell::read(Command::new("rustc").arg("--version").current_dir(shell::root()))?;
    let number = line.split(' ').nth(1).context("rustc --version has no number")?.to_owned();
    Ok((number, line))
}

/// The hash over `sensor-ebpf` and `common`: names and contents, in order of name.
pub fn hash() -> Result<String> {
    let root = shell::root();
    let mut files = Vec::new();
    for start in ["sensor-ebpf", "common"] {
        collect(&root.join(start), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let name = path.strip_prefix(&root).expect("collected below the root");
        let bytes = std::fs::read(&path).with_context(|| format!("{path:?}"))?;
        hash.update(name.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(u64::try_from(bytes.len()).expect("a length fits").to_le_bytes());
        hash.update(bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("{dir:?}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "tests" {
                collect(&path, files)?;
            }
        } else if name == "Cargo.lock" || name.ends_with(".rs") || name.ends_with(".toml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The text of the facts file.
pub fn describe(object: &[u8], linker_version: &str) -> Result<String> {
    let (_, rustc) = rustc_version()?;
    Ok(format!(
        "# What probes.bpf.o was built from; written by `cargo xtask probes`, never by hand.\n\
         compiler = {rustc}\n\
         linker = bpf-linker {linker_version}\n\
         sources = {}\n\
         object = {}\n",
        hash()?,
        sha256(object)
    ))
}

/// One value of a facts file.
pub fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix("= "))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_value_is_found_by_its_whole_key() {
        let text = "# about\nsources = abc\nobject = def\n";
        assert_eq!(value(text, "object"), Some("def"));
        assert_eq!(value(text, "sourc"), None);
    }
}
