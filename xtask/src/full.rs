// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask full`: everything, at full size. Hours on a small machine.
//!
//! The same tests as `cargo xtask test`, but with `TARSIER_FULL=1`: storms of full size, fifty
//! kills; all kernels; the probes rebuilt; the costs measured.

use crate::tally::Tally;
use crate::{packages, probes, shell, test};
use anyhow::Result;

/// What measures rather than tests.
const BENCHES: &[&str] = &["host", "query"];

/// Runs it all.
pub fn run(_words: &[&str]) -> Result<()> {
    packages::install()?;
    println!("== probes");
    probes::check()?;
    let mut tally = Tally::default();
    test::host(&mut tally, true)?;
    test::vm(&mut tally, &["--seconds", "3600"], true)?;
    test::vm(&mut tally, &["hooks"], true)?;
    for name in BENCHES {
        let words = ["run", "--quiet", "--release", "-p", "xtask", "--", "bench", name];
        match shell::is_root() {
            true => tally.run(&format!("bench {name}"), shell::cargo().args(words))?,
            false => tally.cannot(&format!("bench {name}"), "it needs root"),
        }
    }
    tally.finish()
}
