// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask bench host|query`: what recording costs, and how fast questions are answered.
//!
//! Every run stands between two runs without any recorder and is compared with them only, because
//! a machine changes under a long measurement. What a figure is compared with is printed beside
//! it, with its spread: a ratio without the ratio of base against base says nothing.

mod figures;
mod host;
mod process;
mod query;
mod subject;

use crate::shell;
use anyhow::{Result, bail};
use std::path::PathBuf;

/// Runs a bench; the words after its name are `key=value`.
pub fn run(words: &[&str]) -> Result<()> {
    if !shell::is_root() {
        bail!("recording needs root");
    }
    let (kind, rest) = match words {
        [kind, rest @ ..] => (*kind, rest),
        [] => ("host", words),
    };
    let options = Options::read(rest)?;
    shell::run(shell::cargo().args(["build", "--release", "-p", "tarsier"]))?;
    shell::run(shell::cargo().args(["build", "--release", "-p", "e2e", "--bin", "scenario"]))?;
    match kind {
        "host" => host::run(&options),
        "query" => query::run(&options),
        _ => bail!("bench host or bench query, not {kind}"),
    }
}

/// What can be said on the command line.
struct Options {
    /// Adjacent pairs of each subject and base.
    pairs: usize,
    /// Share of the full number of operations.
    scale: f64,
    /// Which subjects.
    subjects: Vec<String>,
    /// Which workloads.
    workloads: Vec<String>,
    /// Seconds of the idle measurement.
    idle_s: u64,
    /// Events in the store of `bench query`.
    events: u64,
    /// Words put before every program, such as `chrt -r 1` on a shared machine.
    prefix: Vec<String>,
    /// Where to work: a real disk.
    scratch: PathBuf,
}

impl Options {
    fn read(words: &[&str]) -> Result<Options> {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut options = Options {
            pairs: 9,
            scale: 0.4,
            subjects: list("tarsier,auditd"),
            workloads: list("exec1,exec2,file,tcp,read"),
            idle_s: 60,
            events: 1_000_000,
            prefix: Vec::new(),
            scratch: PathBuf::from("/var/tmp"),
        };
        for word in words {
            match word.split_once('=') {
                Some(("pairs", number)) => options.pairs = number.parse()?,
                Some(("scale", number)) => options.scale = number.parse()?,
                Some(("idle", number)) => options.idle_s = number.parse()?,
                Some(("events", number)) => options.events = number.parse()?,
                Some(("subjects", names)) => options.subjects = list(names),
                Some(("workloads", names)) => options.workloads = list(names),
                Some(("prefix", words)) => {
                    options.prefix = words.split(' ').map(str::to_owned).collect();
                }
                Some(("scratch", path)) => options.scratch = PathBuf::from(path),
                _ => bail!(
                    "{word}: expected pairs= scale= idle= events= subjects= workloads= prefix= \
                     scratch="
                ),
            }
        }
        Ok(options)
    }

    /// A new directory for this run.
    fn directory(&self, name: &str) -> Result<PathBuf> {
        let dir = self.scratch.join(format!("tarsier-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// A command behind the prefix.
    fn command(&self, program: &std::path::Path) -> std::process::Command {
        match self.prefix.split_first() {
            Some((first, rest)) => {
                let mut command = std::process::Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => std::process::Command::new(program),
        }
    }
}
