// SPDX-License-Identifier: Apache-2.0
//! A kernel module removed.

use crate::module_load::{module, ready};
use crate::raw;
use crate::truth::{Ground, Scenario, Truth};
use anyhow::Result;

/// Ways to remove.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "module_unload.plain", setup: loaded, act: plain }];

fn loaded(ground: &Ground) -> Result<()> {
    ready(ground)?;
    let Ok((path, _)) = module() else { return Ok(()) };
    raw::load_module(&path)
}

fn plain(_: &Ground) -> Result<Truth> {
    let (_, name) = module()?;
    raw::unload_module(&name)?;
    Ok(Truth::new().with("name", name))
}
