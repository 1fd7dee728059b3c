// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask full`.

use anyhow::{Result, bail};

/// Not yet.
pub fn run(_words: &[&str]) -> Result<()> {
    bail!("full is not written yet")
}
