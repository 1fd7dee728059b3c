// SPDX-License-Identifier: Apache-2.0
//! What a case expects of the events of one scenario: exactly these, with these fields.

use crate::recorded::Event;
use crate::scenario::Deed;
use crate::tiers;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a field must be.
#[derive(Clone, Debug)]
enum Check {
    Is(Value),
    AtLeast(u64),
    AtMost(u64),
    Present,
    Absent,
}

/// One expected event.
#[derive(Debug)]
pub struct Want<'a> {
    action: &'a str,
    truth: &'a Value,
    by: u64,
    fields: Vec<(String, Check)>,
    flags: Vec<(&'static str, bool)>,
}

impl<'a> Want<'a> {
    fn new(action: &'a str, deed: &'a Deed) -> Want<'a> {
        let by = u64::from(deed.pid);
        let want = Want { action, truth: &deed.truth, by, fields: Vec::new(), flags: Vec::new() };
        want.is("tarsier.result", "success")
    }

    fn set(mut self, field: &str, check: Check) -> Self {
        self.fields.retain(|(name, _)| name != field);
        self.fields.push((field.to_owned(), check));
        self
    }

    /// Done by the process whose pid the truth calls `name` instead of by the scenario itself.
    pub fn by(mut self, name: &str) -> Self {
        self.by = self.truth.get(name).and_then(Value::as_u64).unwrap_or(0);
        self
    }

    /// Done by this pid.
    pub fn by_pid(mut self, pid: u64) -> Self {
        self.by = pid;
        self
    }

    /// The field has this value.
    pub fn is(self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, Check::Is(value.into()))
    }

    /// The field has the value the truth calls `name`.
    pub fn truth(self, field: &str, name: &str) -> Self {
        let value = self.truth.get(name).cloned().unwrap_or(Value::Null);
        self.set(field, Check::Is(value))
    }

    /// `file.path`, `file.inode` and `file.device` are those of the truth.
    pub fn file(self) -> Self {
        self.truth("file.path", "path").object()
    }

    /// `file.inode` and `file.device` are those of the truth.
    pub fn object(self) -> Self {
        self.truth("file.inode", "inode").truth("file.device", "device")
    }

    /// Both ends are those of the truth.
    pub fn ends(self) -> Self {
        self.truth("source.ip", "source_ip")
            .truth("source.port", "source_port")
            .truth("destination.ip", "destination_ip")
            .truth("destination.port", "destination_port")
    }

    /// The number is at least this.
    pub fn at_least(self, field: &str, least: u64) -> Self {
        self.set(field, Check::AtLeast(least))
    }

    /// The number is at most this.
    pub fn at_most(self, field: &str, most: u64) -> Self {
        self.set(field, Check::AtMost(most))
    }

    /// The field is there.
    pub fn has(self, field: &str) -> Self {
        self.set(field, Check::Present)
    }

    /// The field is not there.
    pub fn lacks(self, field: &str) -> Self {
        self.set(field, Check::Absent)
    }

    /// It failed with this errno.
    pub fn failed(self, errno: &str) -> Self {
        self.is("tarsier.result", errno)
    }

    /// Nothing is said about how it went.
    pub fn any_result(mut self) -> Self {
        self.fields.retain(|(name, _)| name != "tarsier.result");
        self
    }

    /// It has this flag.
    pub fn flag(mut self, flag: &'static str) -> Self {
        self.flags.push((flag, true));
        self
    }

    /// It does not have this flag.
    pub fn no_flag(mut self, flag: &'static str) -> Self {
        self.flags.push((flag, false));
        self
    }

    /// What is wrong with this event, and which missing fields its tier excuses.
    fn compare(&self, event: &Event) -> (Vec<String>, Vec<String>) {
        let (mut wrong, mut excused) = (Vec::new(), Vec::new());
        for (field, check) in &self.fields {
            match (event.get(field), tiers::excuse(event, field)) {
                (None, Some(why)) => excused.push(format!("{}: {field}: {why}", self.action)),
                (value, _) => wrong.extend(refute(field, value, check)),
            }
        }
        for (flag, expected) in &self.flags {
            if event.has_flag(flag) != *expected {
                let how = if *expected { "is missing" } else { "must not be there" };
                wrong.push(format!("flag {flag} {how}"));
            }
        }
        (wrong, excused)
    }
}

fn refute(field: &str, value: Option<&Value>, check: &Check) -> Option<String> {
    let number = value.and_then(Value::as_u64);
    let holds = match check {
        Check::Is(expected) => value == Some(expected),
        Check::AtLeast(least) => number.is_some_and(|number| number >= *least),
        Check::AtMost(most) => number.is_some_and(|number| number <= *most),
        Check::Present => value.is_some(),
        Check::Absent => value.is_none(),
    };
    let found = value.map_or_else(|| "nothing".to_owned(), short);
    let wanted = match check {
        Check::Is(expected) => short(expected),
        other => format!("{other:?}"),
    };
    (!holds).then(|| format!("{field}: expected {wanted}, found {found}"))
}

/// Long values by their ends.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 300 {
        return text;
    }
    let (head, tail): (String, String) =
        (chars[..140].iter().collect(), chars[chars.len() - 140..].iter().collect());
    format!("{head}…{tail} ({} characters)", chars.len())
}

/// The events of one scenario, each to be expected once.
#[derive(Debug)]
pub struct Seen<'a> {
    deed: &'a Deed,
    events: Vec<(&'a Event, bool)>,
    run: &'a Run,
    problems: Vec<String>,
    excused: BTreeSet<String>,
    tiers: BTreeSet<&'static str>,
}

/// What holds for the whole run.
#[derive(Debug, Default)]
pub struct Run {
    /// Losses by class and cause.
    pub losses: Vec<(String, String, u64)>,
    /// Kinds of event that a trampoline sees on this host.
    pub trampolines: Vec<String>,
}

/// What is to be said about a case.
#[derive(Debug, Default)]
pub struct Findings {
    /// Empty: it passed.
    pub problems: Vec<String>,
    /// Fields the tier cannot give.
    pub excused: Vec<String>,
    /// `A` trampoline, `B` tracepoint, of the expected events.
    pub tier: String,
}

impl<'a> Seen<'a> {
    /// The events that belong to a scenario, in order.
    pub fn new(deed: &'a Deed, events: Vec<&'a Event>, run: &'a Run) -> Seen<'a> {
        let events = events.into_iter().map(|event| (event, false)).collect();
        let (excused, tiers) = (BTreeSet::new(), BTreeSet::new());
        Seen { deed, events, run, problems: Vec::new(), excused, tiers }
    }

    /// What the scenario says is true.
    pub fn truth(&self, name: &str) -> &'a Value {
        self.deed.truth.get(name).unwrap_or(&Value::Null)
    }

    /// What the scenario was run as.
    pub fn deed(&self) -> &'a Deed {
        self.deed
    }

    /// Its events, whether expected or not.
    pub fn events(&self) -> impl Iterator<Item = &'a Event> {
        self.events.iter().map(|(event, _)| *event)
    }

    /// How many events of a class were lost for a cause, over the whole run.
    pub fn lost(&self, class: &str, cause: &str) -> u64 {
        let row = self.run.losses.iter().find(|row| row.0 == class && row.1 == cause);
        row.map_or(0, |row| row.2)
    }

    /// Whether a kind of event comes over the trampoline tier on this host.
    pub fn is_trampoline(&self, kind: &str) -> bool {
        self.run.trampolines.iter().any(|name| name == kind)
    }

    /// Says that something is wrong.
    pub fn complain(&mut self, what: impl Into<String>) {
        self.problems.push(what.into());
    }

    /// Complains unless it holds.
    pub fn hold(&mut self, holds: bool, what: &str) {
        if !holds {
            self.complain(what);
        }
    }

    /// There is one event of this kind that was not expected before, with these fields.
    pub fn expect(
        &mut self,
        action: &'a str,
        more: impl FnOnce(Want<'a>) -> Want<'a>,
    ) -> Option<&'a Event> {
        let want = more(Want::new(action, self.deed));
        let fits = |event: &Event| {
            event.action() == action && event.number("process.pid") == Some(want.by)
        };
        let mut best: Option<(usize, Vec<String>, Vec<String>)> = None;
        for (at, (event, used)) in self.events.iter().enumerate() {
            if *used || !fits(event) {
                continue;
            }
            let (wrong, excused) = want.compare(event);
            if best.as_ref().is_none_or(|(_, least, _)| wrong.len() < least.len()) {
                best = Some((at, wrong, excused));
            }
        }
        let Some((at, wrong, excused)) = best else {
            self.complain(format!("no {action} by pid {}", want.by));
            return None;
        };
        self.events[at].1 = true;
        let event = self.events[at].0;
        self.tiers.insert(if tiers::is_trampoline(event) { "A" } else { "B" });
        self.excused.extend(excused);
        self.problems.extend(wrong.into_iter().map(|wrong| format!("{action}: {wrong}")));
        Some(event)
    }

    /// Takes every event of a kind as expected and says how many there were.
    pub fn take(&mut self, action: &str) -> Vec<&'a Event> {
        let mut taken = Vec::new();
        for (event, used) in self.events.iter_mut().filter(|(event, _)| event.action() == action) {
            *used = true;
            taken.push(*event);
        }
        taken
    }

    /// Complains about every event nobody expected, kinds of `ignored` left out.
    pub fn finish(mut self, ignored: &[&str]) -> Findings {
        for (event, _) in self.events.iter().filter(|(_, used)| !used) {
            if !ignored.contains(&event.action()) {
                self.problems.push(format!("not expected: {}", event.summary()));
            }
        }
        Findings {
            problems: self.problems,
            excused: self.excused.into_iter().collect(),
            tier: self.tiers.into_iter().collect(),
        }
    }
}
