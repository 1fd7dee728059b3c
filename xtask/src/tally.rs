// SPDX-License-Identifier: Apache-2.0
//! Runs test commands, shows what they print, and counts tests from their own last lines.
//!
//! The count is never kept by hand: it is the sum of what `cargo test` and `cargo vm` report.

use anyhow::{Context as _, Result};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The sum of some test runs.
#[derive(Default)]
pub struct Tally {
    passed: u64,
    skipped: u64,
    failed: u64,
    broken: Vec<String>,
    unmet: Vec<String>,
}

impl Tally {
    /// Runs a step that holds tests; a failure is remembered and later steps still run.
    pub fn run(&mut self, name: &str, command: &mut Command) -> Result<()> {
        println!("\n== {name}");
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().expect("stdout is piped");
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            self.read(&line);
        }
        if !child.wait()?.success() {
            self.broken.push(name.to_owned());
        }
        Ok(())
    }

    /// Remembers a step that this machine cannot do, and why.
    pub fn cannot(&mut self, name: &str, why: &str) {
        println!("\n== {name}: NOT DONE: {why}");
        self.unmet.push(format!("{name}: {why}"));
    }

    /// Prints what failed and what was not done, then the count as the last line.
    pub fn finish(self) -> Result<()> {
        println!();
        for step in &self.unmet {
            println!("not done: {step}");
        }
        for step in &self.broken {
            println!("failed: {step}");
        }
        let Tally { passed, skipped, failed, broken, .. } = self;
        println!("{passed} tests passed, {failed} failed, {skipped} skipped");
        // The count is the last line also when something failed, so no error is printed after it.
        match broken.is_empty() {
            true => Ok(()),
            false => std::process::exit(1),
        }
    }

    /// `test result: ok. 14 passed; 3 failed; 1 ignored; …` of cargo, or
    /// `14 passed, 1 skipped, 3 failed` of `cargo vm`.
    fn read(&mut self, line: &str) {
        let counts = match line.strip_prefix("test result: ") {
            Some(rest) => rest.split_once(". ").map_or("", |(_, counts)| counts),
            None if line.contains(" passed, ") && line.ends_with(" failed") => line,
            None => return,
        };
        for part in counts.split([';', ',']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "skipped" => self.skipped += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn both_kinds_of_last_lines_are_counted() {
        let mut tally = Tally::default();
        tally.read("test result: FAILED. 14 passed; 3 failed; 1 ignored; 0 measured; 0 filtered");
        tally.read("20 passed, 2 skipped, 1 failed");
        tally.read("test a::b ... ok");
        assert_eq!((tally.passed, tally.skipped, tally.failed), (34, 3, 4));
    }
}
