// SPDX-License-Identifier: Apache-2.0
//! Licence lines, purposes, probe contracts, reasons of dependencies, the changelog.

use crate::source::{self, Source};
use common::event::Kind;
use common::names::Class;
use std::fs;

/// Crates whose code also runs in the kernel carry its licence too.
const DUAL: &[&str] = &["common/", "sensor-ebpf/"];

/// What each probe file must say, one line each.
const CONTRACT: &[&str] = &["//! Hook:", "//! Why:", "//! Blind:", "//! Cost:"];

/// Sections of a release.
const SECTIONS: &[&str] = &["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// Files without licence or purpose.
pub fn unsaid() -> Vec<String> {
    source::all().iter().filter_map(first_lines).collect()
}

fn first_lines(file: &Source) -> Option<String> {
    let dual = DUAL.iter().any(|prefix| file.path.starts_with(prefix));
    let licence = if dual { "MIT OR GPL-2.0-only" } else { "Apache-2.0" };
    let expected = format!("// SPDX-License-Identifier: {licence}");
    let mut lines = file.text.lines();
    if lines.next() != Some(expected.as_str()) {
        return Some(format!("{}:1: expected `{expected}`", file.path));
    }
    let second = lines.next().unwrap_or_default();
    (!second.starts_with("//! ")).then(|| format!("{}:2: expected `//! what it is`", file.path))
}

/// Probe files that keep something to themselves.
pub fn probes() -> Vec<String> {
    let mut broken = Vec::new();
    for file in source::under("sensor-ebpf/src/probe") {
        let part_of_a_probe = file.path.matches('/').count() > 3;
        if file.path.ends_with("/mod.rs") || part_of_a_probe {
            continue;
        }
        for line in CONTRACT.iter().filter(|line| !file.text.contains(*line)) {
            broken.push(format!("{}: no line `{line} …`", file.path));
        }
    }
    broken
}

/// Dependencies without a reason, or named outside the workspace's table.
pub fn dependencies() -> Vec<String> {
    let mut broken = Vec::new();
    let workspace = read("Cargo.toml");
    for (line, text) in section(&workspace, "[workspace.dependencies]") {
        if !text.contains("path = ") && !text.contains(" # ") {
            broken.push(format!("Cargo.toml:{line}: no reason beside `{text}`"));
        }
    }
    for member in section(&workspace, "members = [").iter().map(|(_, text)| text) {
        let path = format!("{}/Cargo.toml", member.trim_matches(['"', ',', ' ']));
        let manifest = read(&path);
        for table in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]"] {
            for (line, text) in section(&manifest, table) {
                if !text.contains("workspace = true") {
                    broken.push(format!("{path}:{line}: `{text}` belongs into the workspace"));
                }
            }
        }
    }
    broken
}

fn read(path: &str) -> String {
    fs::read_to_string(source::root().join(path)).unwrap_or_default()
}

/// Lines of a table or list, numbered, without empty ones and comments.
fn section(text: &str, head: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if line == head {
            inside = true;
        } else if line.starts_with(['[', ']']) {
            inside = false;
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            found.push((index, line.to_owned()));
        }
    }
    found
}

/// Whatever is not shaped as Keep a Changelog wants it.
pub fn changelog() -> Vec<String> {
    let text = read("CHANGELOG.md");
    let mut broken = Vec::new();
    if !text.starts_with("# Changelog") {
        broken.push("CHANGELOG.md:1: expected `# Changelog`".to_owned());
    }
    if !text.contains("\n## [Unreleased]") {
        broken.push("CHANGELOG.md: no section `## [Unreleased]`".to_owned());
    }
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("## ") && !release(line) {
            broken.push(format!("CHANGELOG.md:{}: not `## [x.y.z] - date`", index + 1));
        }
        if line.strip_prefix("### ").is_some_and(|name| !SECTIONS.contains(&name)) {
            broken.push(format!("CHANGELOG.md:{}: sections are {SECTIONS:?}", index + 1));
        }
    }
    broken
}

fn release(line: &str) -> bool {
    let dated = |rest: &str| rest.split_once("] - ").is_some_and(|(_, date)| date.len() == 10);
    line == "## [Unreleased]" || line.strip_prefix("## [").is_some_and(dated)
}

/// The first table of docs/events.md is the table of kinds, row for row.
pub fn events_untold() -> Vec<String> {
    let text = read("docs/events.md");
    let told: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("| id |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let rows: Vec<String> = Kind::ALL.iter().map(|kind| event_row(*kind)).collect();
    let missing = rows.iter().filter(|row| !told.contains(&row.as_str()));
    let surplus = told.iter().filter(|line| !rows.iter().any(|row| row == *line));
    missing
        .map(|row| format!("docs/events.md lacks: {row}"))
        .chain(surplus.map(|line| format!("docs/events.md has no kind for: {line}")))
        .collect()
}

fn event_row(kind: Kind) -> String {
    let class = Class::NAMES.iter().find(|(id, _)| *id == u64::from(kind.class().0));
    let class = class.map_or("?", |(_, name)| name);
    let (ocsf, activity) = kind.ocsf();
    let wires = if kind.wires().is_empty() { "–".to_owned() } else { kind.wires().join(" ") };
    format!(
        "| {} | {} | {class} | {} | {} | {ocsf}.{activity} | {wires} | {} |",
        kind as u32,
        kind.name(),
        kind.category(),
        kind.ecs_type(),
        kind.about()
    )
}
