// SPDX-License-Identifier: Apache-2.0
//! Where `unsafe` may be, and what `common` must not contain.

use crate::source::{self, Source};

/// Path prefixes that may contain `unsafe`, and why.
const ROOMS: &[(&str, &str)] = &[
    ("sensor/src/store/map.rs", "the journal is a shared mapping"),
    ("sensor/src/source/ebpf/", "maps and rings of the kernel"),
    ("sensor-ebpf/src/kernel/", "checked readers of kernel structs"),
    ("sensor-ebpf/src/emit.rs", "the only writer of the ring"),
    ("tests/scenarios/raw.rs", "scenarios make calls no safe crate offers"),
];

/// Words `common` must not contain.
const IMPURE: &[(&str, &str)] = &[
    ("cfg(", "layouts are the same everywhere"),
    ("unsafe", "zerocopy checks layouts"),
    ("alloc::", "bytes only"),
    ("std::", "it is built for the kernel too"),
];

/// `unsafe` outside its rooms, or without its reason.
pub fn broken() -> Vec<String> {
    let mut broken = Vec::new();
    for file in source::all() {
        let room = ROOMS.iter().any(|(prefix, _)| file.path.starts_with(prefix));
        for (line, code) in file.code_lines().filter(|(_, code)| is_unsafe(code)) {
            if !room {
                broken.push(format!("{}:{line}: unsafe is not allowed here", file.path));
            } else if is_block(code) && !has_reason(&file, line) {
                broken.push(format!("{}:{line}: no `// SAFETY:` above", file.path));
            }
        }
    }
    broken
}

/// What makes `common` depend on where it is built.
pub fn impure() -> Vec<String> {
    let mut broken = Vec::new();
    for file in source::under("common/src") {
        for (line, code) in file.code_lines() {
            for (word, why) in IMPURE.iter().filter(|(word, _)| code.contains(word)) {
                broken.push(format!("{}:{line}: `{word}`: {why}", file.path));
            }
        }
    }
    broken
}

/// The keyword; `unsafe_code` in a lint and `#[unsafe(…)]` attributes of probes are not it.
fn is_unsafe(code: &str) -> bool {
    code.match_indices("unsafe").any(|(at, word)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !inside(before) && !inside(after) && !code[..at].ends_with("#[")
    })
}

fn is_block(code: &str) -> bool {
    code.contains("unsafe {") || code.contains("unsafe impl")
}

/// A `SAFETY:` comment on the line, or in the comment above the statement it is part of.
fn has_reason(file: &Source, line: usize) -> bool {
    let lines: Vec<&str> = file.text.lines().collect();
    let above = lines[..line].iter().rev().take(12);
    let mut blocks = 0;
    for text in above {
        if text.contains("SAFETY:") {
            return true;
        }
        blocks += usize::from(text.contains("unsafe {"));
        if blocks > 1 || text.trim().is_empty() {
            return false;
        }
    }
    false
}

#[test]
fn the_keyword_is_told_from_its_neighbours() {
    assert!(is_unsafe("let x = unsafe { y };"));
    assert!(!is_unsafe("#![allow(unsafe_code)]"));
    assert!(!is_unsafe("#[unsafe(no_mangle)]"));
}
