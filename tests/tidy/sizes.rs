// SPDX-License-Identifier: Apache-2.0
//! Functions fit a screen, files a sitting, lines a half.

use crate::source::{self, Source};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;
const LINE_CHARS_MAX: usize = 100;

/// What may be larger, and why. The path is exact.
const EXEMPT: &[(&str, &str)] =
    &[("common/src/event/mod.rs", "a table: one kind a line reads better than wrapped rows")];

/// Everything too large.
pub fn broken() -> Vec<String> {
    let exempt = |path: &str| EXEMPT.iter().any(|(exempt, _)| *exempt == path);
    source::all().iter().filter(|file| !exempt(&file.path)).flat_map(of_file).collect()
}

fn of_file(file: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    let count = file.text.lines().count();
    if count > FILE_LINES_MAX {
        broken.push(format!("{}: {count} lines, at most {FILE_LINES_MAX}", file.path));
    }
    for (index, line) in file.text.lines().enumerate() {
        let chars = line.chars().count();
        if chars > LINE_CHARS_MAX {
            broken.push(format!("{}:{}: {chars} characters", file.path, index + 1));
        }
    }
    for (name, first, lines) in functions(&file.code) {
        if lines > FUNCTION_LINES_MAX {
            broken.push(format!("{}:{first}: fn {name} has {lines} lines", file.path));
        }
    }
    broken
}

/// Name, first line and number of lines of every function with a body.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            continue;
        }
        if let Some(length) = body_end(rest) {
            let first = code[..at].matches('\n').count() + 1;
            found.push((name, first, rest[..length].lines().count()));
        }
    }
    found
}

/// Bytes up to the closing brace; `None` for a declaration without a body.
fn body_end(rest: &str) -> Option<usize> {
    let (mut depth, mut groups) = (0usize, 0usize);
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' | b'[' => groups += 1,
            b')' | b']' => groups = groups.checked_sub(1)?,
            b'{' => depth += 1,
            b'}' if depth <= 1 => return (depth == 1).then_some(at + 1),
            b'}' => depth -= 1,
            b';' if depth == 0 && groups == 0 => return None,
            _ => {}
        }
    }
    None
}

#[test]
fn functions_are_measured() {
    let found = functions("fn a() {\n  b();\n}\ntrait T { fn c(); }\nfn d() -> [u8; 2] {}\n");
    assert_eq!(found, [("a".into(), 1, 3), ("d".into(), 5, 1)]);
}
