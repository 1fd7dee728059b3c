// SPDX-License-Identifier: Apache-2.0
//! The command line of `cargo vm`, parsed once.

use crate::kernel::{self, Kernel};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::time::Duration;

/// How to use it.
pub const USAGE: &str = "\
usage: cargo vm [options]                 run the end-to-end tests on every kernel
       cargo vm run [options] -- CMD…     run one command in a guest and show what it prints
       cargo vm hooks [options]           compare documented hooks with the kernels' BTF
       cargo vm kernels [--fresh]         fetch the kernels and show their versions
options:
  --kernel NAME         only this kernel of vm-tests/kernels.toml (again for more)
  --test NAME           only this test program (again for more)
  --filter TEXT         only tests whose name contains TEXT
  --shell-command TEXT  no tests: run this in the guest's shell
  --with FILE           also put FILE into /work (again for more)
  --bare                run: do not build the recorder into the guest
  --seconds N           how long a guest may live (1200)
  --fresh               look for newer kernels now";

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Run the end-to-end tests.
    Tests,
    /// Run one command.
    Run,
    /// Check the documented hooks.
    Hooks,
    /// Fetch and list.
    Kernels,
    /// Print the usage.
    Help,
}

/// The parsed command line.
pub struct Words {
    /// What to do.
    pub verb: Verb,
    /// On which kernels.
    pub kernels: Vec<Kernel>,
    /// Only these test programs; all when empty.
    pub tests: Vec<String>,
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    /// The command after `--`, or the shell's.
    pub command: Vec<String>,
    /// Further files for the guest.
    pub with: Vec<PathBuf>,
    /// Without the recorder.
    pub bare: bool,
    /// The life of a guest.
    pub limit: Duration,
    /// Look for newer kernels.
    pub fresh: bool,
}

impl Words {
    /// Parses the words after the program's name.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Words> {
        let mut words = words.peekable();
        let verb = match words.peek().map(String::as_str) {
            Some("run") => Verb::Run,
            Some("hooks") => Verb::Hooks,
            Some("kernels") => Verb::Kernels,
            Some("help" | "--help" | "-h") => Verb::Help,
            _ => Verb::Tests,
        };
        if verb != Verb::Tests {
            words.next();
        }
        let mut parsed = Words {
            verb,
            kernels: Vec::new(),
            tests: Vec::new(),
            filter: None,
            command: Vec::new(),
            with: Vec::new(),
            bare: false,
            limit: Duration::from_secs(1200),
            fresh: false,
        };
        let table = kernel::table()?;
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--kernel" => parsed.kernels.push(find(&table, &value()?)?),
                "--test" => parsed.tests.push(value()?),
                "--filter" => parsed.filter = Some(value()?),
                "--with" => parsed.with.push(PathBuf::from(value()?)),
                "--seconds" => parsed.limit = Duration::from_secs(value()?.parse()?),
                "--shell-command" => {
                    parsed.verb = Verb::Run;
                    parsed.command = ["/bin/sh", "-c"].map(str::to_owned).to_vec();
                    parsed.command.push(value()?);
                }
                "--bare" => parsed.bare = true,
                "--fresh" => parsed.fresh = true,
                "--" => parsed.command = words.by_ref().collect(),
                _ => bail!("unknown word {word}\n{USAGE}"),
            }
        }
        if parsed.kernels.is_empty() {
            parsed.kernels = table;
        }
        if parsed.verb == Verb::Run && parsed.command.is_empty() {
            bail!("no command\n{USAGE}");
        }
        Ok(parsed)
    }
}

fn find(table: &[Kernel], name: &str) -> Result<Kernel> {
    let known: Vec<&str> = table.iter().map(|kernel| kernel.name.as_str()).collect();
    let found = table.iter().find(|kernel| kernel.name == name);
    found.cloned().with_context(|| format!("no kernel {name}; there are {}", known.join(", ")))
}
