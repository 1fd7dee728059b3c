// SPDX-License-Identifier: Apache-2.0
//! The kernels of kernels.toml: fetched once, kept in a cache, found again without a network.
//!
//! The cache lies outside `target/` so that a clean clone finds it: `TARSIER_VM_CACHE`, else
//! `tarsier-vm` in the user's cache directory. A kernel older than a week is looked up again;
//! when that fails the cached one is used and its version printed.

use crate::apt::Apt;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// One block of kernels.toml.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// How we call it: the start of its version.
    pub name: String,
    /// The Debian suite it comes from.
    pub suite: String,
    /// The package that depends on the newest one.
    pub package: String,
    /// Modules loaded at boot.
    pub modules: Vec<String>,
    /// Modules put on the disk for tests.
    #[serde(default)]
    pub spare: Vec<String>,
    /// Events it cannot give.
    #[serde(default)]
    pub missing: Vec<Missing>,
}

/// An event a kernel cannot give.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The name of the event.
    pub event: String,
    /// Why, in one sentence.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kernel: Vec<Kernel>,
}

/// A kernel on disk.
pub struct Unpacked {
    /// Its full version, such as `6.12.9+deb13-cloud-amd64`.
    pub release: String,
    /// The image to boot.
    pub image: PathBuf,
    /// The directory of its modules.
    pub modules: PathBuf,
}

/// All kernels of the table.
pub fn table() -> Result<Vec<Kernel>> {
    let table: Table =
        basic_toml::from_str(include_str!("../kernels.toml")).context("vm-tests/kernels.toml")?;
    Ok(table.kernel)
}

/// The directory kernels are kept in.
pub fn cache() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("TARSIER_VM_CACHE") {
        return Ok(PathBuf::from(given));
    }
    if let Some(given) = std::env::var_os("XDG_CACHE_HOME") {
        return Ok(Path::new(&given).join("tarsier-vm"));
    }
    let home = std::env::var_os("HOME").context("no HOME; set TARSIER_VM_CACHE")?;
    Ok(Path::new(&home).join(".cache/tarsier-vm"))
}

impl Kernel {
    /// The kernel on disk, fetched if need be. `fresh` looks for a newer one in any case.
    pub fn get(&self, fresh: bool) -> Result<Unpacked> {
        let home = cache()?.join(&self.suite);
        std::fs::create_dir_all(&home)?;
        let lock = std::fs::File::create(home.join("lock"))?;
        lock.lock()?; // two runs must not unpack into each other
        let cached = self.unpacked(&home);
        if cached.is_ok() && !fresh && !is_old(&home.join("release")) {
            return cached;
        }
        match (self.fetch(&home), cached) {
            (Ok(()), _) => self.unpacked(&home),
            (Err(why), Ok(kernel)) => {
                eprintln!("vm: using the cached {}: {why:#}", kernel.release);
                Ok(kernel)
            }
            (Err(why), Err(_)) => Err(why.context(format!("no kernel {}", self.name))),
        }
    }

    /// Resolves the newest package of the suite and unpacks it with those it consists of.
    fn fetch(&self, home: &Path) -> Result<()> {
        let apt = Apt::new(home, &self.suite)?;
        let image = apt
            .depends(&self.package)?
            .into_iter()
            .find(|name| name.starts_with("linux-image-"))
            .with_context(|| format!("{} depends on no image", self.package))?;
        let mut packages = vec![image.clone()];
        packages.extend(apt.depends(&image)?.into_iter().filter(|name| {
            name.starts_with("linux-binary-") || name.starts_with("linux-modules-")
        }));
        let release = image.trim_start_matches("linux-image-").trim_end_matches("-unsigned");
        if !home.join(release).is_dir() {
            println!("vm: fetching {}", packages.join(" "));
            let partial = home.join("partial");
            if partial.exists() {
                std::fs::remove_dir_all(&partial)?;
            }
            apt.unpack(&packages, &partial)?;
            std::fs::rename(&partial, home.join(release))?;
        }
        std::fs::write(home.join("release"), release)?;
        Ok(())
    }

    /// What an earlier fetch left behind.
    fn unpacked(&self, home: &Path) -> Result<Unpacked> {
        let release = std::fs::read_to_string(home.join("release"))?.trim().to_owned();
        let root = home.join(&release);
        let trees = [root.join("usr/lib/modules"), root.join("lib/modules")];
        let modules = trees
            .iter()
            .map(|tree| tree.join(&release))
            .find(|tree| tree.is_dir())
            .with_context(|| format!("{root:?} has no modules of {release}"))?;
        let images =
            [root.join("boot").join(format!("vmlinuz-{release}")), modules.join("vmlinuz")];
        let Some(image) = images.into_iter().find(|image| image.is_file()) else {
            bail!("{root:?} has no kernel image");
        };
        Ok(Unpacked { release, image, modules })
    }
}

fn is_old(file: &Path) -> bool {
    let age = || file.metadata().ok()?.modified().ok()?.elapsed().ok();
    age().is_none_or(|age| age > LOOK_AGAIN_AFTER)
}
