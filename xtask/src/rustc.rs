// SPDX-License-Identifier: Apache-2.0
//! Stands between cargo and rustc while the probes are built, to make the object reproducible.
//!
//! Cargo's `-C metadata` hashes the absolute path of every crate outside the workspace (`common`,
//! `core`), and it ends up in symbol names; file paths end up in the line information. Both are
//! replaced by names that depend on the crate and its version only, so that any checkout, any
//! cargo home and any place of the Rust library give the same bytes.

use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Set by `probes`: the places to rename, as `from=to` lines.
pub const REMAP: &str = "TARSIER_RUSTC_REMAP";

/// Whether cargo started this program in rustc's stead.
pub fn is_wrapper() -> bool {
    std::env::var_os(REMAP).is_some()
}

/// Runs rustc with stable names.
pub fn run() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(rustc) = words.next() else { return ExitCode::FAILURE };
    let words: Vec<OsString> = words.collect();
    let mut command = Command::new(rustc);
    match identity(&words) {
        Some(identity) => {
            command.args(words.iter().map(|word| stable(word, &identity)));
            command.args(remaps());
        }
        None => {
            command.args(&words);
        }
    }
    match command.status() {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(why) => {
            eprintln!("xtask: cannot start {command:?}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// A hash of what the crate is; `None` when cargo only asks rustc a question.
fn identity(words: &[OsString]) -> Option<String> {
    let package = std::env::var("CARGO_PKG_NAME").ok()?;
    let version = std::env::var("CARGO_PKG_VERSION").ok()?;
    let mut facts = vec![package, version];
    let texts: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    for pair in texts.windows(2) {
        if ["--crate-name", "--crate-type", "--target", "--cfg"].contains(&pair[0]) {
            facts.push(format!("{} {}", pair[0], pair[1]));
        }
    }
    facts[2..].sort();
    let hash = Sha256::digest(facts.join("\n").as_bytes());
    Some(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn stable(word: &OsString, identity: &str) -> OsString {
    match word.to_str() {
        Some(text) if text.starts_with("metadata=") => format!("metadata={identity}").into(),
        _ => word.clone(),
    }
}

/// The general places first: rustc lets the last one that fits win.
fn remaps() -> Vec<String> {
    let mut pairs: Vec<String> =
        std::env::var(REMAP).unwrap_or_default().lines().map(str::to_owned).collect();
    let known = |dir: &str| {
        pairs.iter().any(|pair| pair.split('=').next().is_some_and(|from| dir.starts_with(from)))
    };
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let mut own = Vec::new();
    if let Ok(dir) = std::env::var("CARGO_MANIFEST_DIR")
        && !known(&dir)
    {
        own.push(format!("{dir}=/crate/{package}-{version}"));
    }
    if let Ok(dir) = std::env::var("OUT_DIR") {
        own.push(format!("{dir}=/out/{package}-{version}"));
    }
    pairs.extend(own);
    pairs.into_iter().map(|pair| format!("--remap-path-prefix={pair}")).collect()
}
