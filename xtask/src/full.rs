// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask full`: everything, at full size. Hours on a small machine.
//!
//! The same tests as `cargo xtask test`, but with `TARSIER_FULL=1`: storms of full size, fifty
//! kills; all kernels; the probes rebuilt; the costs measured.

use crate::tally::Tally;
use crate::{packages, probes, shell, test};
use anyhow::Result;

/// Programs that measure rather than test: name, and the words for cargo. Each is run when its
/// package exists in the workspace.
const BENCHES: &[(&str, &[&str])] =
    &[("bench", &["run", "--release", "-p", "bench", "--", "--full"])];

/// Runs it all.
pub fn run(_words: &[&str]) -> Result<()> {
    packages::install()?;
    println!("== probes");
    probes::check()?;
    let mut tally = Tally::default();
    test::host(&mut tally, true)?;
    test::vm(&mut tally, &["--seconds", "3600"], true)?;
    test::vm(&mut tally, &["hooks"], true)?;
    for (package, words) in BENCHES {
        if shell::root().join(package).join("Cargo.toml").is_file() {
            tally.run(package, shell::cargo().args(*words))?;
        } else {
            tally.cannot(package, "there is no such package");
        }
    }
    tally.finish()
}
