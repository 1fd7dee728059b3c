// SPDX-License-Identifier: Apache-2.0
//! Files no crate root leads to: code that is never compiled is not code.

use crate::source::{self, Source};
use std::collections::{HashMap, HashSet};

/// Every file that no chain of `mod` lines reaches.
pub fn dead() -> Vec<String> {
    let files: HashMap<String, Source> =
        source::all().into_iter().map(|file| (file.path.clone(), file)).collect();
    let mut reached = HashSet::new();
    let mut waiting = roots(&files);
    while let Some((path, owns_directory)) = waiting.pop() {
        let Some(file) = files.get(&path) else { continue };
        if reached.insert(path.clone()) {
            waiting.extend(modules(file, owns_directory, &files));
        }
    }
    let mut dead: Vec<String> =
        files.keys().filter(|path| !reached.contains(*path)).cloned().collect();
    dead.sort();
    dead
}

/// Crate roots: the usual places, and every `path = "….rs"` of a manifest beside them.
fn roots(files: &HashMap<String, Source>) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for path in files.keys() {
        let usual = ["/src/lib.rs", "/src/main.rs", "/build.rs"];
        let single = |dir: &str| path.rsplit_once('/').is_some_and(|(at, _)| at.ends_with(dir));
        if usual.iter().any(|end| path.ends_with(end))
            || ["/src/bin", "/benches", "/examples"].iter().any(|dir| single(dir))
            || (single("/tests") && !path.starts_with("tests/"))
        {
            found.push((path.clone(), true));
        }
    }
    for directory in directories(files) {
        let manifest = source::root().join(&directory).join("Cargo.toml");
        let text = std::fs::read_to_string(manifest).unwrap_or_default();
        for line in text.lines().filter_map(|line| line.strip_prefix("path = \"")) {
            let target = line.trim_end_matches('"');
            if target.ends_with(".rs") {
                found.push((normal(&format!("{directory}/{target}")), true));
            }
        }
    }
    found
}

fn directories(files: &HashMap<String, Source>) -> HashSet<String> {
    let mut found = HashSet::new();
    for path in files.keys() {
        let mut rest = path.as_str();
        while let Some((directory, _)) = rest.rsplit_once('/') {
            found.insert(directory.to_owned());
            rest = directory;
        }
    }
    found
}

/// Files named by the `mod` lines of one file.
fn modules(file: &Source, root: bool, files: &HashMap<String, Source>) -> Vec<(String, bool)> {
    let (directory, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let own = if root || name == "mod.rs" {
        directory.to_owned()
    } else {
        format!("{directory}/{}", name.trim_end_matches(".rs"))
    };
    let text: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (line, code) in file.code_lines() {
        let Some(module) = declared(code) else { continue };
        let above = line.checked_sub(2).and_then(|index| text.get(index)).unwrap_or(&"");
        if let Some(path) = above.trim().strip_prefix("#[path = \"") {
            let path = path.trim_end_matches("\"]");
            found.push((normal(&format!("{directory}/{path}")), true));
            continue;
        }
        let flat = format!("{own}/{module}.rs");
        let nested = format!("{own}/{module}/mod.rs");
        found.push(if files.contains_key(&flat) { (flat, false) } else { (nested, true) });
    }
    found
}

/// The name in `mod name;`.
fn declared(code: &str) -> Option<&str> {
    let line = code.trim().strip_suffix(';')?;
    let (before, name) = line.rsplit_once("mod ")?;
    let visible = before.is_empty() || before.starts_with("pub");
    (visible && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

/// Resolves `..` in a path from the root.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn mod_lines_are_read() {
    assert_eq!(declared("pub mod exec;"), Some("exec"));
    assert_eq!(declared("    pub(crate) mod exec;"), Some("exec"));
    assert_eq!(declared("mod exec {"), None);
    assert_eq!(normal("a/b/../c.rs"), "a/c.rs");
}
