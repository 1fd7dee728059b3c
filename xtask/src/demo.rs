// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask demo`.

use anyhow::{Result, bail};

/// Not yet.
pub fn run(_words: &[&str]) -> Result<()> {
    bail!("demo is not written yet")
}
