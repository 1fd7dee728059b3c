// SPDX-License-Identifier: Apache-2.0
//! From hooks to events: for every kind, which hook sees it, and what that hook cannot see.
use super::protocol::{Coverage, Hook};
use common::event::Kind;
use std::collections::BTreeSet;

/// The remark of a hook that is out only because a better one is in.
const SPARE: &str = "not needed";

/// How a reason begins that says a record has no hook at all.
pub const MISSING: &str = "nothing makes the record";

/// How each kind that comes from hooks is seen; the recorder's own kinds are left out.
pub fn coverage(hooks: &[Hook]) -> Vec<Coverage> {
    let observed = Kind::ALL.iter().filter(|kind| !kind.wires().is_empty());
    observed.map(|kind| of_kind(*kind, hooks)).collect()
}

fn of_kind(kind: Kind, hooks: &[Hook]) -> Coverage {
    let makes =
        |hook: &&Hook| kind.wires().iter().any(|wire| hook.records.iter().any(|r| r == wire));
    let all: Vec<&Hook> = hooks.iter().filter(makes).collect();
    let attached: Vec<&Hook> = all.iter().copied().filter(|hook| hook.attached).collect();
    let mut why: BTreeSet<String> = BTreeSet::new();
    for wire in kind.wires() {
        if !attached.iter().any(|hook| hook.records.iter().any(|record| record == wire)) {
            why.insert(format!("{MISSING} `{wire}`"));
        }
    }
    for hook in all.iter().filter(|hook| !hook.why.is_empty() && !hook.why.starts_with(SPARE)) {
        why.insert(format!("{}: {}", hook.hook, hook.why));
    }
    let blind: BTreeSet<&str> =
        attached.iter().flat_map(|hook| hook.blind.iter().map(String::as_str)).collect();
    let state = match (attached.is_empty(), why.is_empty() && blind.is_empty()) {
        (true, _) => "none",
        (false, true) => "full",
        (false, false) => "degraded",
    };
    Coverage {
        event: kind.name().to_owned(),
        class: class_name(kind),
        state: state.to_owned(),
        tier: tier_of(&attached),
        hooks: attached.iter().map(|hook| hook.hook.clone()).collect(),
        why: why.into_iter().collect(),
        blind: blind.into_iter().map(str::to_owned).collect(),
    }
}

fn class_name(kind: Kind) -> String {
    let number = u64::from(kind.class().0);
    let names = common::names::Class::NAMES.iter();
    names.clone().find(|(id, _)| *id == number).map_or("", |(_, name)| name).to_owned()
}

/// The family of the hooks; those that are the same in both say nothing about it.
fn tier_of(attached: &[&Hook]) -> String {
    let one = |tier: &str| attached.iter().any(|hook| hook.tier == tier);
    match (one("trampoline"), one("tracepoint"), attached.is_empty()) {
        (_, _, true) => "none",
        (true, true, _) => "mixed",
        (true, false, _) => "trampoline",
        (false, true, _) => "tracepoint",
        (false, false, _) => "both",
    }
    .to_owned()
}

/// The family in use on the whole host, as the recorder's start says it.
pub fn tier_of_host(hooks: &[Hook]) -> String {
    let attached: Vec<&Hook> = hooks.iter().filter(|hook| hook.attached).collect();
    tier_of(&attached)
}

#[cfg(test)]
mod tests {
    use super::coverage;
    use crate::daemon::protocol::Hook;

    fn hook(record: &str, tier: &str, why: &str, attached: bool, blind: &[&str]) -> Hook {
        Hook {
            program: format!("{record}_{tier}"),
            records: vec![record.to_owned()],
            tier: tier.to_owned(),
            hook: format!("{tier}/{record}"),
            attached,
            why: why.to_owned(),
            blind: blind.iter().map(|b| (*b).to_owned()).collect(),
        }
    }

    #[test]
    fn an_event_is_as_whole_as_its_hooks() {
        let hooks = [
            hook("exec", "both", "", true, &[]),
            hook("module", "trampoline", "EPERM", false, &[]),
            hook("module", "tracepoint", "", true, &["who asked"]),
            hook("accept", "trampoline", "", true, &[]),
            hook("accept", "tracepoint", "not needed: the trampoline tier serves", false, &["x"]),
        ];
        let all = coverage(&hooks);
        let of = |event: &str| {
            let row = all.iter().find(|row| row.event == event).unwrap();
            (row.state.as_str(), row.tier.as_str(), row.why.len(), row.blind.len())
        };
        assert_eq!(of("exec"), ("full", "both", 0, 0));
        assert_eq!(of("module_load"), ("degraded", "tracepoint", 1, 1));
        assert_eq!(of("accept"), ("full", "trampoline", 0, 0));
        assert_eq!(of("kill"), ("none", "none", 1, 0));
        assert!(!all.iter().any(|row| row.event == "recorder_start"));
    }
}
