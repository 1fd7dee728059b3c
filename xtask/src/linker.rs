// SPDX-License-Identifier: Apache-2.0
//! Finds or builds `bpf-linker`, the linker of BPF programs written in Rust.
//!
//! It is linked against the libLLVM inside the Rust toolchain, so that no LLVM has to be installed
//! and the LLVM that links is the one that compiled: another one would give other bytes. For the
//! same reason a `bpf-linker` found in `PATH` is not taken.

use crate::shell;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one release we build with.
pub const VERSION: &str = "0.13.0";

/// The linker's path; builds it into `target/tools` the first time (minutes).
pub fn find_or_build() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("TARSIER_BPF_LINKER") {
        let given = PathBuf::from(given);
        if !works(&given) {
            bail!("TARSIER_BPF_LINKER={given:?} is not bpf-linker {VERSION}");
        }
        return Ok(given);
    }
    let tools = shell::root().join("target/tools");
    let linker = tools.join("bin/bpf-linker");
    if !works(&linker) {
        println!("building bpf-linker {VERSION} into target/tools (once, some minutes)");
        build(&tools)?;
    }
    Ok(linker)
}

fn works(linker: &Path) -> bool {
    Command::new(linker)
        .arg("--version")
        .output()
        .is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(VERSION))
}

fn build(tools: &Path) -> Result<()> {
    let sysroot = shell::read(Command::new("rustc").args(["--print", "sysroot"]))?;
    let libraries = Path::new(&sysroot).join("lib");
    let (llvm, major) = libllvm(&libraries)?;
    let directory = libraries.display();
    let flags = format!(
        "-C link-arg=-L{directory} -C link-arg=-Wl,--no-as-needed -C link-arg=-l:{llvm} \
         -C link-arg=-Wl,-rpath,{directory}"
    );
    // `no-llvm-linking` makes its build script link nothing; the flags above do it instead.
    shell::run(
        shell::cargo()
            .env("RUSTFLAGS", flags)
            .args(["install", "bpf-linker", "--version", VERSION, "--locked"])
            .args(["--no-default-features", "--features"])
            .arg(format!("llvm-{major},no-llvm-linking"))
            .arg("--root")
            .arg(tools)
            .arg("--target-dir")
            .arg(shell::root().join("target/tools/build")),
    )
}

/// The file name and the major version of the toolchain's libLLVM.
fn libllvm(libraries: &Path) -> Result<(String, String)> {
    for entry in std::fs::read_dir(libraries).with_context(|| format!("{libraries:?}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(version) = name.strip_prefix("libLLVM.so.") {
            let major = version.split('.').next().unwrap_or_default().to_owned();
            return Ok((name, major));
        }
    }
    bail!("the Rust toolchain in {libraries:?} has no shared libLLVM to link with")
}
