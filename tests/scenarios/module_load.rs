// SPDX-License-Identifier: Apache-2.0
//! A kernel module loaded; which one is said by the environment.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

/// Names the file of a module that may be loaded.
const MODULE_FILE: &str = "E2E_MODULE";
/// Where `cargo vm` puts one into its guests.
const MODULE_OF_GUEST: &str = "/work/modules/dummy.ko";

/// Ways to load.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "module_load.file", setup: ready, act: file }];

/// The file, or why there is none.
pub fn module() -> Result<(PathBuf, String)> {
    let given = std::env::var_os(MODULE_FILE).map(PathBuf::from);
    let guest = || std::env::var_os("TARSIER_VM").map(|_| PathBuf::from(MODULE_OF_GUEST));
    let Some(path) = given.or_else(guest).filter(|path| path.is_file()) else {
        bail!("SKIP: {MODULE_FILE} names no module");
    };
    let name = path.file_stem().context("a file")?.to_string_lossy().replace('-', "_");
    Ok((path, name))
}

/// Set-up: the module is not loaded.
pub fn ready(_: &Ground) -> Result<()> {
    let Ok((_, name)) = module() else { return Ok(()) };
    drop(raw::unload_module(&name));
    Ok(())
}

fn file(_: &Ground) -> Result<Truth> {
    let (path, name) = module()?;
    raw::load_module(&path)?;
    Ok(Truth::new().path("path", &path.canonicalize()?).with("name", name))
}
