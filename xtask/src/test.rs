// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask test`.

use anyhow::{Result, bail};

/// Not yet.
pub fn run(_words: &[&str]) -> Result<()> {
    bail!("test is not written yet")
}
