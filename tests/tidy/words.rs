// SPDX-License-Identifier: Apache-2.0
//! Words that hide what is meant, and what to write instead.

use crate::source::{self, Source};

/// Banned in code, and what to use.
const BANNED: &[(&str, &str)] = &[
    ("fn handle_", "name what is done: the verb itself"),
    ("use super::*", "name what is used"),
    ("super::super", "say crate::…, so that arrows can be read"),
    ("::*;", "name what is used"),
    ("todo!(", "write it or leave it out"),
    ("unimplemented!(", "write it or leave it out"),
];

/// Banned in comments too: an open task belongs to an issue.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX"];

/// Every use of a word that is not ours.
pub fn broken() -> Vec<String> {
    let own = "tests/tidy/";
    source::all().iter().filter(|file| !file.path.starts_with(own)).flat_map(of_file).collect()
}

fn of_file(file: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    let mut say = |line: usize, what: &str| broken.push(format!("{}:{line}: {what}", file.path));
    if file.path.split(['/', '_', '.']).any(|part| matches!(part, "util" | "utils" | "helpers")) {
        say(1, "a file is named after its noun, not `util`");
    }
    for (line, code) in file.code_lines() {
        for (word, instead) in BANNED.iter().filter(|(word, _)| code.contains(word)) {
            say(line, &format!("`{word}`: {instead}"));
        }
        if code.contains(".unwrap()") && !file.in_tests(line) {
            say(line, "`unwrap()` outside tests: expect(\"why it cannot\") or an error");
        }
    }
    for (index, text) in file.text.lines().enumerate() {
        for word in UNFINISHED.iter().filter(|word| has_word(text, word)) {
            say(index + 1, &format!("`{word}`: write it, or open an issue"));
        }
    }
    broken
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}
