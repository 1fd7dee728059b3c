// SPDX-License-Identifier: Apache-2.0
//! Reads what test programs print and makes one verdict of each test.
//!
//! Tests are ordinary `cargo test` programs. Three kinds of lines are ours, printed by the test
//! itself: `skip: <reason>` when this kernel cannot do it, `tier: <A|B|…>` for the kind of hook
//! that saw the event, and `left out: <what and why>` for what was not compared.

use std::collections::BTreeMap;

/// How a test ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It passed without testing, and said why.
    Skipped(String),
    /// It failed, or its program died before it could end.
    Failed(String),
}

/// One test on one kernel.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// `program::test`.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The tier that saw the event, where the test said so.
    pub tier: String,
    /// What the test left out, and why.
    pub left_out: Vec<String>,
}

/// Collects the verdicts of one guest.
#[derive(Default)]
pub struct Collector {
    program: String,
    speaking: String,
    verdicts: BTreeMap<String, Verdict>,
}

impl Collector {
    /// A test program begins.
    pub fn begin(&mut self, program: &str) {
        self.program = program.to_owned();
        self.speaking.clear();
    }

    /// A line of the program.
    pub fn line(&mut self, line: &str) {
        if let Some((test, result)) = line.strip_prefix("test ").and_then(|l| l.split_once(" ... "))
        {
            self.result(test, result);
        } else if let Some(rest) = line.strip_prefix("---- ") {
            self.speaking = rest.split(' ').next().unwrap_or_default().to_owned();
        } else if let Some(reason) = line.trim().strip_prefix("skip: ") {
            // A test that failed after saying so has failed all the same.
            if let Some(verdict) = self.speaker()
                && verdict.outcome == Outcome::Passed
            {
                verdict.outcome = Outcome::Skipped(reason.to_owned());
            }
        } else if let Some(tier) = line.trim().strip_prefix("tier: ") {
            if let Some(verdict) = self.speaker() {
                verdict.tier = tier.to_owned();
            }
        } else if let Some(what) = line.trim().strip_prefix("left out: ")
            && let Some(verdict) = self.speaker()
        {
            verdict.left_out.push(what.to_owned());
        }
    }

    /// The program ended; `end` is `<milliseconds> code 0` and the like.
    pub fn end(&mut self, end: &str) {
        let how = end.split_once(' ').map_or(end, |(_, how)| how);
        let of_program = format!("{}::", self.program);
        let failed = |verdict: &Verdict| matches!(verdict.outcome, Outcome::Failed(_));
        let mut own =
            self.verdicts.values().filter(|verdict| verdict.name.starts_with(&of_program));
        if how != "code 0" && !own.any(failed) {
            self.add("(program)", Outcome::Failed(how.to_owned()));
        }
        self.program.clear();
    }

    /// The guest ended too early for some program, or for all.
    pub fn guest_died(&mut self, how: &str) {
        if self.program.is_empty() {
            self.program = "guest".to_owned();
        }
        self.add("(program)", Outcome::Failed(how.to_owned()));
    }

    /// All verdicts, by name.
    pub fn finish(self) -> Vec<Verdict> {
        self.verdicts.into_values().collect()
    }

    fn result(&mut self, test: &str, result: &str) {
        let test = test.split(' ').next().unwrap_or(test);
        let outcome = match result.split(',').next() {
            Some("ok") => Outcome::Passed,
            Some("ignored") => {
                let reason = result.split_once(", ").map_or("ignored", |(_, reason)| reason);
                Outcome::Skipped(reason.to_owned())
            }
            _ => Outcome::Failed(result.to_owned()),
        };
        self.add(test, outcome);
    }

    fn add(&mut self, test: &str, outcome: Outcome) {
        let name = format!("{}::{test}", self.program);
        let (tier, left_out) = (String::new(), Vec::new());
        let verdict = Verdict { name: name.clone(), outcome, tier, left_out };
        self.verdicts.insert(name, verdict);
    }

    fn speaker(&mut self) -> Option<&mut Verdict> {
        self.verdicts.get_mut(&format!("{}::{}", self.program, self.speaking))
    }
}

#[cfg(test)]
mod tests {
    use super::{Collector, Outcome};

    #[test]
    fn results_skips_and_tiers_find_their_test() {
        let mut collector = Collector::default();
        collector.begin("events");
        for line in [
            "test exec::is_seen ... ok",
            "test uring::open ... ok",
            "test dns::query ... FAILED",
            "---- uring::open stdout ----",
            "skip: no hook before 6.2",
            "---- dns::query stdout ----",
            "skip: said too late",
            "---- exec::is_seen stdout ----",
            "tier: A",
        ] {
            collector.line(line);
        }
        collector.end("120 code 101");
        let verdicts = collector.finish();
        assert_eq!(verdicts.len(), 3);
        assert_eq!(verdicts[0].outcome, Outcome::Failed("FAILED".into()));
        assert_eq!(verdicts[1].tier, "A");
        assert_eq!(verdicts[2].outcome, Outcome::Skipped("no hook before 6.2".into()));
    }

    #[test]
    fn a_program_that_dies_is_a_failure_even_without_tests() {
        let mut collector = Collector::default();
        collector.begin("store");
        collector.end("3 signal 11");
        assert_eq!(collector.finish()[0].outcome, Outcome::Failed("signal 11".into()));
    }
}
