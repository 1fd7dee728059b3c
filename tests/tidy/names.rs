// SPDX-License-Identifier: Apache-2.0
//! One name per event kind: `find . -name 'connect.*'` lists the whole feature.
//!
//! A kind has its layout; each wire record it is made from has its layout and its probe; a kind
//! that a program can bring about has a scenario that does it and a test that finds it.

use crate::source;
use common::event::Kind;
use common::wire::Wire;

/// Files beside the tests of the kinds: what crosses several kinds.
const ACROSS: &[(&str, &str)] = &[
    ("tests/events/main.rs", "runs every case"),
    ("tests/events/io_uring.rs", "every kind of file operation may come through a ring"),
    ("tests/events/place.rs", "paths seen from other roots, mounts and namespaces"),
    ("tests/events/quiet.rs", "what must not become an event"),
    ("tests/scenarios/main.rs", "picks the scenario"),
    ("tests/scenarios/io_uring.rs", "see tests/events/io_uring.rs"),
    ("tests/scenarios/place.rs", "see tests/events/place.rs"),
    ("tests/scenarios/quiet.rs", "see tests/events/quiet.rs"),
    ("tests/scenarios/raw.rs", "system calls no safe crate offers"),
    ("tests/scenarios/storm.rs", "many of everything, for losses and costs"),
    ("tests/scenarios/truth.rs", "what a scenario says it did"),
];

/// Kinds that no program can bring about.
const BEFOREHAND: &[(&str, &str)] =
    &[("running", "what ran before the recorder: tests/commands.rs looks for itself")];

/// Probe files that carry no record of their own name.
const HELPERS: &[(&str, &str)] = &[
    ("mod", "the shape of a probe"),
    ("tcp", "one tracepoint, inet_sock_set_state, tells of three kinds of record"),
];

/// Records whose probe has another name: wire kind, probe.
const SHARED: &[(&str, &str)] = &[("connected", "tcp"), ("listen", "tcp"), ("close", "tcp")];

/// Every missing or surplus file.
pub fn broken() -> Vec<String> {
    let mut broken = Vec::new();
    for kind in Kind::ALL {
        let name = kind.name();
        need(&mut broken, &format!("common/src/event/{name}.rs"), name);
        for wire in kind.wires() {
            if !Wire::ALL.iter().any(|row| row.name() == *wire) {
                broken.push(format!("{name} is made from `{wire}`, which is no row of wires!"));
            }
            need(&mut broken, &format!("common/src/wire/{wire}.rs"), name);
            let probe = SHARED.iter().find(|(shared, _)| shared == wire).map_or(*wire, |row| row.1);
            need(&mut broken, &format!("sensor-ebpf/src/probe/{probe}.rs"), name);
        }
        let beforehand = BEFOREHAND.iter().any(|(kind, _)| *kind == name);
        if !kind.wires().is_empty() && !beforehand {
            need(&mut broken, &format!("tests/scenarios/{name}.rs"), name);
            need(&mut broken, &format!("tests/events/{name}.rs"), name);
        }
    }
    surplus(&mut broken);
    broken
}

fn need(broken: &mut Vec<String>, path: &str, kind: &str) {
    if !source::root().join(path).is_file() {
        broken.push(format!("{path} is missing: the kind `{kind}` needs it"));
    }
}

fn surplus(broken: &mut Vec<String>) {
    const PROBES: &str = "sensor-ebpf/src/probe";
    for file in source::under(PROBES) {
        // a probe too long for one file has its parts in a directory of its name
        let below = file.path.strip_prefix(PROBES).unwrap_or(&file.path).trim_start_matches('/');
        let name = below.split_once('/').map_or_else(|| stem(&file.path), |(kind, _)| kind);
        let known = Wire::ALL.iter().any(|wire| wire.name() == name);
        if !known && !HELPERS.iter().any(|(helper, _)| *helper == name) {
            broken.push(format!("{}: no wire kind has this name", file.path));
        }
    }
    for dir in ["tests/events", "tests/scenarios"] {
        for file in source::under(dir) {
            let known = Kind::ALL.iter().any(|kind| kind.name() == stem(&file.path));
            if !known && !ACROSS.iter().any(|(path, _)| *path == file.path) {
                broken.push(format!("{}: no event kind has this name", file.path));
            }
        }
    }
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs")
}
