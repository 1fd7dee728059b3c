// SPDX-License-Identifier: Apache-2.0
//! Builds the Linux probes into `sensor/assets/probes.bpf.o`, or checks the committed object.
//!
//! The object is committed so that `cargo build` needs no BPF tools; a build therefore has to be
//! reproducible to the byte, wherever the repository, cargo's home and the Rust library lie.

use crate::{linker, rust_library, rustc, shell, sources, strip};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "bpfel-unknown-none";

/// `cargo xtask probes`.
pub fn build() -> Result<()> {
    let (version, _) = sources::rustc_version()?;
    let library = rust_library::find(&version)?.context(rust_library::HINT)?;
    let object = compile(&library, &linker::find_or_build()?)?;
    let place = asset();
    std::fs::create_dir_all(place.parent().expect("the asset has a directory"))?;
    write_if_new(&place, &object)?;
    write_if_new(&sources::file(), sources::describe(&object, linker::VERSION)?.as_bytes())?;
    println!("sensor/assets/probes.bpf.o: {} bytes, {}", object.len(), sources::sha256(&object));
    Ok(())
}

/// `cargo xtask probes --check`.
pub fn check() -> Result<()> {
    let committed = std::fs::read(asset()).with_context(|| format!("{:?}", asset()))?;
    let facts = std::fs::read_to_string(sources::file()).context("sensor/assets/probes.sources")?;
    println!("committed: {}", sources::sha256(&committed));
    let (version, _) = sources::rustc_version()?;
    match tools(&version) {
        Ok((library, linker)) => {
            let rebuilt = compile(&library, &linker)?;
            println!("rebuilt:   {}", sources::sha256(&rebuilt));
            if rebuilt != committed {
                bail!("the committed probes differ from their sources: run `cargo xtask probes`");
            }
            check_sources(&facts, &committed)?;
            println!("probes: the committed object is byte for byte what its sources give");
        }
        Err(why) => {
            println!("probes: NOT rebuilt here ({why:#}); comparing hashes of the sources instead");
            check_sources(&facts, &committed)?;
            println!("probes: sources and object are the ones recorded when it was built");
        }
    }
    Ok(())
}

fn tools(version: &str) -> Result<(PathBuf, PathBuf)> {
    let library = rust_library::find(version)?.context(rust_library::HINT)?;
    let linker = linker::find_or_build().context("bpf-linker could not be built")?;
    Ok((library, linker))
}

fn check_sources(facts: &str, object: &[u8]) -> Result<()> {
    for (key, now) in [("sources", sources::hash()?), ("object", sources::sha256(object))] {
        let recorded = sources::value(facts, key).unwrap_or("nothing");
        if recorded != now {
            bail!("{key}: recorded {recorded}, found {now}: run `cargo xtask probes`");
        }
    }
    Ok(())
}

fn asset() -> PathBuf {
    shell::root().join("sensor/assets/probes.bpf.o")
}

/// Leaves the file and its time alone when nothing changed, so that the sensor is not rebuilt.
fn write_if_new(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes).with_context(|| format!("{path:?}"))
}

/// Builds the crate for BPF and returns the stripped object.
fn compile(library: &Path, linker: &Path) -> Result<Vec<u8>> {
    let root = shell::root();
    let flags = [
        "-Cdebuginfo=2".to_owned(),
        "-Clink-arg=--btf".to_owned(),
        format!("-Clinker={}", linker.display()),
        "-Ctarget-cpu=v3".to_owned(),
    ];
    let remap = format!("{}=/tarsier\n{}=/rust/library", root.display(), library.display());
    let mut cargo = shell::cargo();
    cargo
        .current_dir(root.join("sensor-ebpf"))
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=core"])
        .args(["--message-format=json-render-diagnostics", "--target-dir"])
        .arg(root.join("target/probes"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", library)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("RUSTC_WRAPPER", std::env::current_exe()?)
        .env(rustc::REMAP, remap);
    let built = executable(&mut cargo)?;
    let object = std::fs::read(&built).with_context(|| format!("{built:?}"))?;
    strip::debug_sections(&object)
}

/// Runs cargo and returns the path of the one executable it made.
fn executable(cargo: &mut Command) -> Result<PathBuf> {
    let output = cargo
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {cargo:?}"))?;
    if !output.status.success() {
        bail!("the probes do not build");
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
        .context("sensor-ebpf has no binary")
}
