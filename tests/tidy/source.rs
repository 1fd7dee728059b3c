// SPDX-License-Identifier: Apache-2.0
//! Rust files as text, and the same text with comments and literals blanked out.
//!
//! Blanking keeps every position, so a place in `code` is the same place in `text`.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the repository.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// As written, comments and the insides of literals replaced by spaces.
    pub code: String,
}

impl Source {
    /// Lines of code, numbered from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether the file itself is only built for tests.
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
    }

    /// Whether a line lies in the file's `#[cfg(test)]` part, which comes last in a file.
    pub fn in_tests(&self, line: usize) -> bool {
        let begin = self.code_lines().find(|(_, code)| code.contains("#[cfg(test)]"));
        self.is_test() || begin.is_some_and(|(first, _)| line >= first)
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root").to_path_buf()
}

/// Every Rust file under `dir` (from the root), built ones left out, in order of path.
pub fn under(dir: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(dir), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file of the repository.
pub fn all() -> Vec<Source> {
    under("")
}

fn walk(dir: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                walk(&path, found);
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let path = path.strip_prefix(root()).expect("walked from the root");
            let code = blank(&text);
            found.push(Source { path: path.to_string_lossy().into_owned(), text, code });
        }
    }
}

/// Where the scanner is.
#[derive(Clone, Copy)]
enum State {
    Code,
    Line,
    Block(usize),
    Text,
    RawText(usize),
}

/// Replaces comments and the insides of literals by spaces; line ends stay.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let (mut at, mut state) = (0, State::Code);
    while at < bytes.len() {
        let (used, next, keep) = step(&bytes[at..], state, at == 0 || !is_word(bytes[at - 1]));
        for byte in out[at..at + used].iter_mut().filter(|byte| !keep && **byte != b'\n') {
            *byte = b' ';
        }
        at += used;
        state = next;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Bytes taken, the state after them, and whether they are code.
fn step(rest: &[u8], state: State, word_begins: bool) -> (usize, State, bool) {
    match state {
        State::Code => code_step(rest, word_begins),
        State::Line if rest[0] == b'\n' => (1, State::Code, true),
        State::Line => (1, State::Line, false),
        State::Block(depth) if rest.starts_with(b"/*") => (2, State::Block(depth + 1), false),
        State::Block(1) if rest.starts_with(b"*/") => (2, State::Code, false),
        State::Block(depth) if rest.starts_with(b"*/") => (2, State::Block(depth - 1), false),
        State::Block(depth) => (1, State::Block(depth), false),
        State::Text if rest[0] == b'\\' => (rest.len().min(2), State::Text, false),
        State::Text if rest[0] == b'"' => (1, State::Code, true),
        State::Text => (1, State::Text, false),
        State::RawText(hashes) => match raw_end(rest, hashes) {
            true => (1 + hashes, State::Code, true),
            false => (1, State::RawText(hashes), false),
        },
    }
}

fn code_step(rest: &[u8], word_begins: bool) -> (usize, State, bool) {
    if rest.starts_with(b"//") {
        return (2, State::Line, false);
    }
    if rest.starts_with(b"/*") {
        return (2, State::Block(1), false);
    }
    if word_begins && let Some((used, hashes)) = raw_begin(rest) {
        return (used, State::RawText(hashes), true);
    }
    match rest[0] {
        b'"' => (1, State::Text, true),
        b'\'' => (character(rest), State::Code, rest.len() < 2 || character(rest) == 1),
        _ => (1, State::Code, true),
    }
}

/// `r"`, `r#"`, `br"`: bytes taken and the number of hashes.
fn raw_begin(rest: &[u8]) -> Option<(usize, usize)> {
    let letters = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count();
    let hashes = rest[letters..].iter().take_while(|byte| **byte == b'#').count();
    let quote = letters + hashes;
    let raw = letters > 0 && letters <= 2 && rest[letters - 1] == b'r';
    (raw && rest.get(quote) == Some(&b'"')).then_some((quote + 1, hashes))
}

fn raw_end(rest: &[u8], hashes: usize) -> bool {
    rest[0] == b'"' && rest[1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes
}

/// Length of a character literal, or 1 for the tick of a lifetime.
fn character(rest: &[u8]) -> usize {
    let escaped = rest.get(1) == Some(&b'\\');
    let from = if escaped { 3 } else { 2 };
    let longest = if escaped { 12 } else { 6 };
    let end = rest.iter().skip(from).take(longest).position(|byte| *byte == b'\'');
    match end {
        Some(more) if escaped || char_count(&rest[1..from + more]) == 1 => from + more + 1,
        _ => 1,
    }
}

fn char_count(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).map_or(0, |text| text.chars().count())
}

#[test]
fn literals_and_comments_are_blanked() {
    let text = "let a = \"unsafe\"; // unsafe\nlet b = 'x'; fn f<'a>(c: &'a str) {}\n";
    let code = blank(text);
    assert_eq!(code.len(), text.len());
    assert!(!code.contains("unsafe") && !code.contains('x'), "{code}");
    assert!(code.contains("fn f<'a>(c: &'a str) {}"), "{code}");
    let raw = blank("r#\"a \" unsafe\"# + '\\'' + \"\\\" unsafe\" /* unsafe */ done");
    assert!(!raw.contains("unsafe") && raw.ends_with("done"), "{raw}");
}
