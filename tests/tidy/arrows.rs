// SPDX-License-Identifier: Apache-2.0
//! The layers of `sensor`: lower never names higher, neighbours do not know each other.

use crate::source;

/// Bottom first. A module may name the rows above its own in this list, never its own row's
/// neighbours.
const LAYERS: &[&[&str]] = &[
    &["config", "event", "health"],
    &["source", "assemble", "enrich", "policy", "store"],
    &["pipeline", "query", "output"],
    &["daemon"],
    &["cli"],
];

/// What a module may not name although a lower layer would be allowed to: and why.
const WALLS: &[(&str, &str, &str)] =
    &[("store", "event", "the store takes rows described by common's field tables")];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// Every arrow that points up or sideways.
pub fn broken() -> Vec<String> {
    let mut broken = Vec::new();
    for file in source::under("sensor/src") {
        let own = own_module(&file.path);
        if matches!(own.as_str(), "main" | "lib") {
            continue;
        }
        let Some(own_layer) = layer(&own) else {
            broken.push(format!("{}: `{own}` has no layer: add it to LAYERS", file.path));
            continue;
        };
        for (line, code) in file.code_lines() {
            for used in named(code).into_iter().filter(|used| *used != own) {
                if let Some(why) = refused(&own, own_layer, &used) {
                    broken.push(format!("{}:{line}: {own} may not use {used}: {why}", file.path));
                }
            }
        }
    }
    broken
}

fn refused(own: &str, own_layer: usize, used: &str) -> Option<&'static str> {
    if let Some(wall) = WALLS.iter().find(|(from, to, _)| *from == own && *to == used) {
        return Some(wall.2);
    }
    match layer(used)? {
        above if above > own_layer => Some("that layer is above"),
        same if same == own_layer => Some("neighbours do not know each other"),
        _ => None,
    }
}

fn own_module(path: &str) -> String {
    let inside = path.trim_start_matches("sensor/src/");
    let first = inside.split('/').next().unwrap_or(inside);
    first.trim_end_matches(".rs").to_owned()
}

/// Top-level modules named on a line: `crate::x`, `crate::{x, y::z}`, `sensor::x`.
fn named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split(',').map(|item| word(item.trim()))),
            None => found.push(word(rest)),
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn both_forms_are_read() {
    assert_eq!(named("use crate::store::Row;"), ["store"]);
    assert_eq!(named("use crate::{event, store::Row};"), ["event", "store"]);
}

#[test]
fn the_rule_refuses_what_it_should() {
    let layer_of = |module| layer(module).unwrap();
    assert!(refused("store", layer_of("store"), "event").is_some());
    assert!(refused("store", layer_of("store"), "daemon").is_some());
    assert!(refused("source", layer_of("source"), "store").is_some());
    assert!(refused("pipeline", layer_of("pipeline"), "store").is_none());
}
