// SPDX-License-Identifier: Apache-2.0
//! Chores of this repository: `cargo xtask <verb>`.
//!
//! Everything a contributor or the CI does beyond `cargo build` is a verb here, so that there is
//! one place to read and nothing to install first. It refuses to hide a skipped step: what could
//! not be done is said on the last lines.

mod bench;
mod demo;
mod full;
mod linker;
mod packages;
mod probes;
mod rust_library;
mod rustc;
mod shell;
mod sources;
mod strip;
mod tally;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <verb>
  probes           build sensor-ebpf into sensor/assets/probes.bpf.o
  probes --check   build it again and compare with the committed object, byte for byte
  test             what the README tells you to run: unit tests, e2e, one VM kernel
  demo [SECONDS]   record this host for some seconds and show what was seen
  full             everything: all VM kernels, full-size storms, kills, bench
  bench host       what recording costs: against nothing and against auditd, interleaved
  bench query      how fast questions are answered while it records, on a million events
  packages         install the system packages the other verbs use (needs root)";

fn main() -> ExitCode {
    if rustc::is_wrapper() {
        return rustc::run();
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["probes"] => probes::build(),
        ["probes", "--check"] => probes::check(),
        ["test", rest @ ..] => test::run(rest),
        ["demo", rest @ ..] => demo::run(rest),
        ["full", rest @ ..] => full::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["packages"] => packages::install(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why:#}");
            ExitCode::FAILURE
        }
    }
}
