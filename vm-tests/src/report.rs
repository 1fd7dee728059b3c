// SPDX-License-Identifier: Apache-2.0
//! The table kernel × test, with tiers, reasons for skips, and what each kernel cannot give.

use crate::kernel::Kernel;
use crate::verdict::{Outcome, Verdict};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The verdicts of one kernel.
pub struct Column {
    /// The kernel as kernels.toml calls it.
    pub kernel: Kernel,
    /// Its full version.
    pub release: String,
    /// All tests that ran on it.
    pub verdicts: Vec<Verdict>,
}

/// Prints the table and says how many tests passed, were skipped and failed.
pub fn print(columns: &[Column]) -> (usize, usize, usize) {
    for column in columns {
        println!("kernel {}: {} ({})", column.kernel.name, column.release, column.kernel.suite);
    }
    let names: BTreeSet<&str> =
        columns.iter().flat_map(|column| &column.verdicts).map(|v| v.name.as_str()).collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(4).max(4);
    let mut notes = Notes::default();
    print!("\n{:width$}", "test");
    for column in columns {
        print!("  {:<8}", column.kernel.name);
    }
    println!();
    for name in names {
        print!("{name:width$}");
        for column in columns {
            let verdict = column.verdicts.iter().find(|verdict| verdict.name == name);
            print!("  {:<8}", notes.cell(verdict));
        }
        println!();
    }
    notes.print();
    print_left_out(columns);
    for column in columns {
        for missing in &column.kernel.missing {
            println!("{} cannot give {}: {}", column.kernel.name, missing.event, missing.reason);
        }
    }
    count(columns)
}

/// What tests that passed did not compare: each reason once, with the kernels and tests it is of.
fn print_left_out(columns: &[Column]) {
    let mut reasons: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for column in columns {
        for verdict in &column.verdicts {
            for reason in &verdict.left_out {
                let (kernels, tests) = reasons.entry(reason).or_default();
                kernels.insert(&column.kernel.name);
                tests.insert(&verdict.name);
            }
        }
    }
    for (reason, (kernels, tests)) in reasons {
        let kernels: Vec<&str> = kernels.into_iter().collect();
        println!("left out on {} in {} tests: {reason}", kernels.join(", "), tests.len());
    }
}

/// Writes one line for each verdict, for machines: kernel, test, outcome, tier, reason.
pub fn write(columns: &[Column], file: &Path) -> Result<()> {
    let mut text = String::from("kernel\trelease\ttest\toutcome\ttier\treason\n");
    for column in columns {
        for verdict in &column.verdicts {
            let (outcome, reason) = match &verdict.outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Skipped(reason) => ("skipped", reason.as_str()),
                Outcome::Failed(reason) => ("failed", reason.as_str()),
            };
            let kernel = &column.kernel.name;
            let (release, name, tier) = (&column.release, &verdict.name, &verdict.tier);
            text += &format!("{kernel}\t{release}\t{name}\t{outcome}\t{tier}\t{reason}\n");
        }
    }
    Ok(std::fs::write(file, text)?)
}

fn count(columns: &[Column]) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for verdict in columns.iter().flat_map(|column| &column.verdicts) {
        match verdict.outcome {
            Outcome::Passed => counts.0 += 1,
            Outcome::Skipped(_) => counts.1 += 1,
            Outcome::Failed(_) => counts.2 += 1,
        }
    }
    counts
}

/// Reasons, each printed once below the table.
#[derive(Default)]
struct Notes {
    numbers: BTreeMap<String, usize>,
}

impl Notes {
    fn cell(&mut self, verdict: Option<&Verdict>) -> String {
        let Some(verdict) = verdict else { return "-".to_owned() };
        match &verdict.outcome {
            Outcome::Passed if verdict.tier.is_empty() => "ok".to_owned(),
            Outcome::Passed => format!("ok {}", verdict.tier),
            Outcome::Skipped(reason) => format!("skip({})", self.number(reason)),
            Outcome::Failed(reason) if reason == "FAILED" => "FAILED".to_owned(),
            Outcome::Failed(reason) => format!("FAIL({})", self.number(reason)),
        }
    }

    fn number(&mut self, reason: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(reason.to_owned()).or_insert(next)
    }

    fn print(&self) {
        let mut notes: Vec<_> = self.numbers.iter().collect();
        notes.sort_by_key(|(_, number)| **number);
        for (reason, number) in notes {
            println!("({number}) {reason}");
        }
    }
}
