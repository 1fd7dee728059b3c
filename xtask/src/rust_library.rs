// SPDX-License-Identifier: Apache-2.0
//! Finds the sources of Rust's own library, from which `core` is built for BPF.
//!
//! In order: `TARSIER_RUST_LIBRARY`, the toolchain's `rust-src` component, an archive named
//! `shared/toolchain/rust-library-<version>.tar.xz` beside the repository. It never downloads.

use crate::shell;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to tell someone who has none of the three.
pub const HINT: &str = "no Rust library sources: run `rustup component add rust-src`, or set \
     TARSIER_RUST_LIBRARY to a `library` directory of this Rust version";

/// The `library` directory, or `None` when this machine has none.
pub fn find(rust_version: &str) -> Result<Option<PathBuf>> {
    if let Some(given) = std::env::var_os("TARSIER_RUST_LIBRARY") {
        let given = PathBuf::from(given);
        anyhow::ensure!(
            is_library(&given),
            "TARSIER_RUST_LIBRARY={given:?} has no core/src/lib.rs"
        );
        return Ok(Some(given));
    }
    let sysroot = shell::read(Command::new("rustc").args(["--print", "sysroot"]))?;
    let installed = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
    if is_library(&installed) {
        return Ok(Some(installed));
    }
    unpack_shared(rust_version)
}

fn is_library(dir: &Path) -> bool {
    dir.join("core/src/lib.rs").is_file()
}

/// Unpacks the archive, if some directory above the repository has one.
fn unpack_shared(rust_version: &str) -> Result<Option<PathBuf>> {
    let root = shell::root();
    let name = format!("shared/toolchain/rust-library-{rust_version}.tar.xz");
    let Some(archive) = root.ancestors().skip(1).map(|dir| dir.join(&name)).find(|f| f.is_file())
    else {
        return Ok(None);
    };
    let home = root.join("target/rust-library").join(rust_version);
    let library = home.join("library");
    if !is_library(&library) {
        let partial = root.join("target/rust-library/partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        std::fs::create_dir_all(&partial)?;
        shell::run(Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&partial))?;
        std::fs::rename(&partial, &home).with_context(|| format!("{home:?}"))?;
    }
    Ok(is_library(&library).then_some(library))
}
