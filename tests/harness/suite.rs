// SPDX-License-Identifier: Apache-2.0
//! Runs all cases with one recorder: every scenario first, then one stop, one query, all checks.
//!
//! So the suite takes seconds, also where a process takes a tenth of one. It speaks the language
//! of Rust's own test programs (names, filters, verdicts), because others read it.

use crate::expect::{Findings, Run, Seen};
use crate::place::{self, Scratch};
use crate::recorded::Event;
use crate::recorder::{Home, balances, text};
use crate::scenario::{self, Deed, Outcome};
use anyhow::Result;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// One scenario and what must be seen of it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The scenario's name.
    pub name: &'static str,
    /// Expects its events.
    pub check: fn(&mut Seen<'_>),
    /// Kinds that must be exact although most cases have them by the way.
    pub exact: &'static [&'static str],
    /// More kinds the case is not about.
    pub ignore: &'static [&'static str],
}

impl Case {
    /// A case that is about anything but how its process began and ended.
    pub const fn new(name: &'static str, check: fn(&mut Seen<'_>)) -> Case {
        Case { name, check, exact: &[], ignore: &[] }
    }

    /// A case in which these kinds count too.
    pub const fn exactly(self, exact: &'static [&'static str]) -> Case {
        Case { exact, ..self }
    }

    /// A case in which these kinds happen by the way.
    pub const fn ignoring(self, ignore: &'static [&'static str]) -> Case {
        Case { ignore, ..self }
    }
}

/// What every scenario does by being a program.
const BY_THE_WAY: &[&str] = &["exec", "fork", "exit", "library_load"];

/// Settings of the suite's recorder: idle flows end soon.
const SETTINGS: &[&str] = &[];

/// What to run, from the words of a test program.
struct Words {
    filters: Vec<String>,
    exact: bool,
    list: bool,
}

impl Words {
    fn read() -> Words {
        let mut words = Words { filters: Vec::new(), exact: false, list: false };
        let mut rest = std::env::args().skip(1);
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--exact" => words.exact = true,
                "--list" => words.list = true,
                "--test-threads" | "--format" | "--color" | "--logfile" => drop(rest.next()),
                flag if flag.starts_with('-') => {}
                _ => words.filters.push(word),
            }
        }
        words
    }

    fn wants(&self, name: &str) -> bool {
        let fits = |filter: &String| match self.exact {
            true => name == filter,
            false => name.contains(filter.as_str()),
        };
        self.filters.is_empty() || self.filters.iter().any(fits)
    }
}

/// Verdicts as they are printed.
#[derive(Default)]
struct Report {
    passed: usize,
    failed: Vec<String>,
    said: Vec<(String, Vec<String>)>,
}

impl Report {
    fn passed(&mut self, name: &str, lines: Vec<String>) {
        println!("test {name} ... ok");
        self.passed += 1;
        self.say(name, lines);
    }

    fn failed(&mut self, name: &str, lines: Vec<String>) {
        println!("test {name} ... FAILED");
        self.failed.push(name.to_owned());
        self.say(name, lines);
    }

    fn say(&mut self, name: &str, lines: Vec<String>) {
        if !lines.is_empty() {
            self.said.push((name.to_owned(), lines));
        }
    }

    fn findings(&mut self, name: &str, findings: Findings) {
        let mut lines = Vec::new();
        if !findings.tier.is_empty() {
            lines.push(format!("tier: {}", findings.tier));
        }
        lines.extend(findings.excused.iter().map(|why| format!("left out: {why}")));
        lines.extend(findings.problems.iter().cloned());
        match findings.problems.is_empty() {
            true => self.passed(name, lines),
            false => self.failed(name, lines),
        }
    }

    fn finish(self, begin: Instant) -> ExitCode {
        println!();
        for (name, lines) in &self.said {
            println!("---- {name} stdout ----");
            lines.iter().for_each(|line| println!("{line}"));
            println!();
        }
        let good = self.failed.is_empty();
        if !good {
            println!("failures:");
            self.failed.iter().for_each(|name| println!("    {name}"));
        }
        println!(
            "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; finished in {:.2}s",
            if good { "ok" } else { "FAILED" },
            self.passed,
            self.failed.len(),
            begin.elapsed().as_secs_f64()
        );
        if good { ExitCode::SUCCESS } else { ExitCode::from(101) }
    }
}

/// Runs the wanted cases and says how they went.
pub fn main(all: &[&[Case]]) -> ExitCode {
    let words = Words::read();
    let cases: Vec<Case> =
        all.iter().copied().flatten().filter(|case| words.wants(case.name)).copied().collect();
    if words.list {
        cases.iter().for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    let begin = Instant::now();
    let mut report = Report::default();
    println!("\nrunning {} tests", cases.len());
    if !place::is_root() {
        let why = vec!["skip: recording needs root".to_owned()];
        cases.iter().for_each(|case| report.passed(case.name, why.clone()));
    } else if let Err(why) = record(&cases, &mut report) {
        report.failed("recording", vec![format!("{why:#}")]);
    }
    report.finish(begin)
}

fn record(cases: &[Case], report: &mut Report) -> Result<()> {
    let scratch = Scratch::new("events")?;
    let audit_before = place::audit_enabled();
    let home = Home::new(&scratch.path().join("home"), SETTINGS);
    std::fs::create_dir_all(home.dir())?;
    let recorder = home.start()?;
    let base = scratch.path().join("cases");
    let outcomes: Vec<Outcome> = cases.iter().map(|case| scenario::run(case.name, &base)).collect();
    // A change that nobody closes is told by a sweep within a second.
    std::thread::sleep(Duration::from_millis(1500));
    recorder.settle()?;
    let status = recorder.status()?;
    recorder.stop()?;
    let history = History::read(&home, &status)?;
    for (case, outcome) in cases.iter().zip(&outcomes) {
        match outcome {
            Outcome::Skipped(why) => report.passed(case.name, vec![format!("skip: {why}")]),
            Outcome::Failed(why) => report.failed(case.name, vec![why.clone()]),
            Outcome::Done(deed) => report.findings(case.name, history.check(case, deed)),
        }
    }
    let whole: Vec<&Deed> = outcomes.iter().filter_map(deed).collect();
    report.findings("suite.ledger_balances", ledger(&home)?);
    report.findings("suite.every_process_ends_once", history.ends(&whole));
    report.findings("suite.every_event_knows_its_process", history.attribution(&whole));
    report.findings("suite.store_verifies", verified(&home));
    let audit = (audit_before, place::audit_enabled());
    report.findings("suite.audit_stays_as_it_was", problem(audit.0 != audit.1, "it changed"));
    Ok(())
}

fn deed(outcome: &Outcome) -> Option<&Deed> {
    match outcome {
        Outcome::Done(deed) => Some(deed),
        _ => None,
    }
}

fn problem(there: bool, what: &str) -> Findings {
    let problems = if there { vec![what.to_owned()] } else { Vec::new() };
    Findings { problems, ..Findings::default() }
}

fn verified(home: &Home) -> Findings {
    match home.verify() {
        Ok(_) => Findings::default(),
        Err(why) => problem(true, &format!("{why:#}")),
    }
}

fn ledger(home: &Home) -> Result<Findings> {
    let balances = balances(home)?;
    let mut findings = problem(balances.is_empty(), "no ledger was written");
    for balance in balances.iter().filter(|balance| !balance.is_even()) {
        findings.problems.push(format!("does not balance: {balance:?}"));
    }
    Ok(findings)
}

/// Losses by class and cause.
fn losses(events: &[Event]) -> Vec<(String, String, u64)> {
    let mut losses: Vec<(String, String, u64)> = Vec::new();
    for event in events.iter().filter(|event| event.action() == "loss") {
        let (class, cause) = (event.text("tarsier.loss.class"), event.text("tarsier.loss.cause"));
        let count = event.number("tarsier.loss.count").unwrap_or(0);
        match losses.iter_mut().find(|row| row.0 == class && row.1 == cause) {
            Some(row) => row.2 += count,
            None => losses.push((class.to_owned(), cause.to_owned(), count)),
        }
    }
    losses
}

/// Kinds of event that a trampoline sees on this host, as `status` says.
fn trampolines(status: &Value) -> Vec<String> {
    let list = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let is_one = |hook: &Value| {
        let hook = hook.as_str().unwrap_or_default();
        ["fentry/", "fexit/", "lsm/"].iter().any(|kind| hook.starts_with(kind))
    };
    let kinds = list(status, "events");
    let seen = kinds.iter().filter(|kind| list(kind, "hooks").iter().any(is_one));
    seen.map(|kind| text(kind, "event").to_owned()).collect()
}

/// Everything recorded in the suite's run.
struct History {
    events: Vec<Event>,
    run: Run,
    /// Child to parent, by process key.
    parents: HashMap<String, String>,
}

impl History {
    fn read(home: &Home, status: &Value) -> Result<History> {
        let events = home.query("")?;
        let forks = events.iter().filter(|event| event.action() == "fork");
        let parents = forks
            .map(|fork| {
                (fork.text("tarsier.child.entity_id").to_owned(), fork.process().to_owned())
            })
            .collect();
        let run = Run { losses: losses(&events), trampolines: trampolines(status) };
        Ok(History { events, run, parents })
    }

    /// The key of the process that this test started with `pid`.
    fn started(&self, pid: u32) -> Option<&str> {
        let own = u64::from(std::process::id());
        let forks = self.events.iter().rev().filter(|event| event.action() == "fork");
        let mut ours = forks.filter(|event| event.number("process.pid") == Some(own));
        ours.find(|event| event.number("tarsier.child.pid") == Some(u64::from(pid)))
            .map(|event| event.text("tarsier.child.entity_id"))
    }

    /// A process and all it brought forth.
    fn tree(&self, root: &str) -> HashSet<&str> {
        let descends = |key: &str| {
            let mut at = key;
            while let Some(parent) = self.parents.get(at) {
                if at == root {
                    return true;
                }
                at = parent;
            }
            at == root
        };
        let keys = self.parents.keys().map(String::as_str);
        keys.filter(|key| descends(key)).collect()
    }

    fn check(&self, case: &Case, deed: &Deed) -> Findings {
        let (Some(root), Some(setup)) = (self.started(deed.pid), self.started(deed.setup)) else {
            return problem(true, &format!("no fork of pid {} or {}", deed.pid, deed.setup));
        };
        let (tree, setup) = (self.tree(root), self.tree(setup));
        let inside = format!("{}/", deed.dir.display());
        let own = u64::from(std::process::id());
        let belongs = |event: &&Event| {
            let by_path = ["file.path", "tarsier.file.path_old"]
                .iter()
                .any(|name| event.text(name).starts_with(&inside));
            let stranger =
                !setup.contains(event.process()) && event.number("process.pid") != Some(own);
            tree.contains(event.process()) || by_path && stranger
        };
        let events: Vec<&Event> = self.events.iter().filter(belongs).collect();
        let mut seen = Seen::new(deed, events, &self.run);
        (case.check)(&mut seen);
        let usual = BY_THE_WAY.iter().filter(|kind| !case.exact.contains(kind));
        let ignored: Vec<&str> = usual.chain(case.ignore).copied().collect();
        seen.finish(&ignored)
    }

    /// Each process of each scenario has exactly one exit.
    fn ends(&self, deeds: &[&Deed]) -> Findings {
        let mut findings = Findings::default();
        let mut exits: HashMap<&str, usize> = HashMap::new();
        for event in self.events.iter().filter(|event| event.action() == "exit") {
            *exits.entry(event.process()).or_default() += 1;
        }
        for root in deeds.iter().filter_map(|deed| self.started(deed.pid)) {
            for key in self.tree(root) {
                match exits.get(key).copied().unwrap_or(0) {
                    1 => {}
                    count => findings.problems.push(format!("{key} ended {count} times")),
                }
            }
        }
        findings
    }

    /// Each event of a scenario's own process says which program, user and parent it was.
    fn attribution(&self, deeds: &[&Deed]) -> Findings {
        let mut findings = Findings::default();
        let program = place::scenario().and_then(|path| Ok(path.canonicalize()?));
        let program = program.map(|path| path.display().to_string()).unwrap_or_default();
        for deed in deeds {
            let Some(key) = self.started(deed.pid) else { continue };
            let name = deed.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for event in self.events.iter().filter(|event| event.process() == key) {
                let args = event.get("process.args").and_then(|args| args.get(1)).cloned();
                let good = event.text("process.executable") == program
                    && args.as_ref().and_then(|arg| arg.as_str()) == Some(&name)
                    && event.number("process.parent.pid") == Some(u64::from(std::process::id()))
                    && event.get("process.working_directory").is_some()
                    && event.get("user.id").is_some();
                if !good {
                    findings.problems.push(format!("incomplete: {name}: {}", event.summary()));
                }
            }
        }
        findings
    }
}
