// SPDX-License-Identifier: Apache-2.0
//! Kernel modules in the order they must be loaded.
//!
//! The packages carry no `modules.dep` (it is made on installation), so the needs are read from
//! the modules themselves. A module that is not there is taken to be built in.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module, decompressed.
pub struct Module {
    /// Its name, with underscores.
    pub name: String,
    /// The ELF file.
    pub bytes: Vec<u8>,
}

/// The wanted modules and those they need, each after its needs.
pub fn closure(tree: &Path, wanted: &[String]) -> Result<Vec<Module>> {
    let mut files = Vec::new();
    collect(&tree.join("kernel"), &mut files)?;
    let mut loaded = Vec::new();
    for name in wanted {
        add(name, &files, &mut loaded)?;
    }
    Ok(loaded)
}

fn add(name: &str, files: &[PathBuf], loaded: &mut Vec<Module>) -> Result<()> {
    if loaded.iter().any(|module| module.name == name) {
        return Ok(());
    }
    let Some(file) = files.iter().find(|file| name_of(file) == name) else { return Ok(()) };
    let bytes = decompress(file)?;
    for need in needs(&bytes) {
        add(&need, files, loaded)?;
    }
    loaded.push(Module { name: name.to_owned(), bytes });
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("{dir:?}"))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// `kernel/drivers/block/virtio_blk.ko.xz` → `virtio_blk`.
fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split(".ko").next().unwrap_or_default().replace('-', "_")
}

fn decompress(file: &Path) -> Result<Vec<u8>> {
    let program = match file.extension().and_then(|extension| extension.to_str()) {
        Some("ko") => return Ok(std::fs::read(file)?),
        Some("xz") => "xz",
        Some("zst") => "zstd",
        Some("gz") => "gzip",
        _ => bail!("{file:?} is compressed in a way I do not know"),
    };
    let output = Command::new(program)
        .arg("-dc")
        .arg(file)
        .output()
        .with_context(|| format!("{program} is needed for {file:?}"))?;
    anyhow::ensure!(output.status.success(), "{program} -dc {file:?}: {}", output.status);
    Ok(output.stdout)
}

/// The names after `depends=` in a module's own description.
fn needs(bytes: &[u8]) -> Vec<String> {
    const KEY: &[u8] = b"\0depends=";
    let Some(at) = bytes.windows(KEY.len()).position(|window| window == KEY) else {
        return Vec::new();
    };
    let rest = &bytes[at + KEY.len()..];
    let end = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
    String::from_utf8_lossy(&rest[..end])
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| name.replace('-', "_"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{name_of, needs};
    use std::path::Path;

    #[test]
    fn needs_are_read_from_the_modules_own_description() {
        assert_eq!(needs(b"license=GPL\0depends=virtio,virtio-ring\0x"), ["virtio", "virtio_ring"]);
        assert!(needs(b"license=GPL\0depends=\0x").is_empty());
    }

    #[test]
    fn a_name_has_no_ending_and_no_dash() {
        assert_eq!(name_of(Path::new("a/virtio-blk.ko.xz")), "virtio_blk");
    }
}
