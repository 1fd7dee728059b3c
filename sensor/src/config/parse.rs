// SPDX-License-Identifier: Apache-2.0
//! `key = value`, one a line: the text of a settings file, without its meaning.
//!
//! A `#` begins a comment at the start of a line or after a space, so that a path may contain one.
use super::KEYS;

/// One assignment as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Left of `=`.
    pub key: &'a str,
    /// Right of `=`, without a comment.
    pub value: &'a str,
}

/// A line that is no assignment: its number, its text, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub number: usize,
    /// The line as far as it is text.
    pub text: String,
    /// Why it was refused.
    pub why: &'static str,
}

/// Every assignment of a file, and every line that is none.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<Line<'_>, BadLine>> {
    bytes.split(|byte| *byte == b'\n').enumerate().filter_map(|(index, raw)| {
        let number = index + 1;
        let bad = |why| BadLine { number, text: String::from_utf8_lossy(raw).trim().into(), why };
        let Ok(text) = std::str::from_utf8(raw) else {
            return Some(Err(bad("not UTF-8")));
        };
        let text = without_comment(text).trim();
        if text.is_empty() {
            return None;
        }
        Some(match assignment(text) {
            Some((key, value)) => Ok(Line { number, key, value }),
            None => Err(bad("not `key = value`")),
        })
    })
}

/// Key and value of `key = value`; `None` when there is no key or no `=`.
pub fn assignment(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty()).then_some((key, value))
}

/// The part of a line before its comment.
pub fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        if letter == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = letter;
    }
    line
}

/// The known key that a mistyped one most likely means.
pub fn nearest(name: &str) -> Option<&'static str> {
    let (distance, key) = KEYS.iter().map(|key| (distance(name, key.name), key.name)).min()?;
    (distance <= 2 + name.len() / 5).then_some(key)
}

/// Edits between two words: letters put in, taken out or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
