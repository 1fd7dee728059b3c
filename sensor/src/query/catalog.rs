// SPDX-License-Identifier: Apache-2.0
//! Every field a query may name, read from the field tables, and what a mistyped one may have
//! meant.
use crate::event::{DERIVED, Derived};
use common::event::{Context, Head, Kind};
use common::record::{Body, Field};
use common::value::Type;
use std::sync::LazyLock;

/// A public name and what its values are.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Public name.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// What its values are.
    pub ty: Type,
    /// How it is made, when nobody stores it.
    pub derived: Option<Derived>,
}

/// Every field once, in the order of the tables: derived, head, context, bodies.
pub fn all() -> &'static [Known] {
    static ALL: LazyLock<Vec<Known>> = LazyLock::new(collect);
    &ALL
}

fn collect() -> Vec<Known> {
    let stored = |field: &'static Field| Known {
        name: field.name,
        help: field.help,
        ty: field.ty,
        derived: None,
    };
    let derived = DERIVED.iter().map(|row| Known {
        name: row.name,
        help: row.help,
        ty: row.ty,
        derived: Some(row.what),
    });
    let tables = [Head::FIELDS, Context::FIELDS].into_iter();
    let tables = tables.chain(Kind::ALL.iter().map(|kind| kind.fields())).flatten();
    let mut every: Vec<Known> = Vec::new();
    for known in derived.chain(tables.filter(|f| f.ty != Type::Pad).map(stored)) {
        if !every.iter().any(|other| other.name == known.name) {
            every.push(known);
        }
    }
    every
}

/// The field of that name.
pub fn find(name: &str) -> Option<Known> {
    all().iter().find(|known| known.name == name).copied()
}

/// Names that `name` may have been meant to be, best first, at most three.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let names: Vec<&'static str> = all().iter().map(|known| known.name).collect();
    closest(name, &names)
}

/// The words of a list that are nearest to `word`: those that end in it, then by edit distance.
pub fn closest<'a>(word: &str, list: &[&'a str]) -> Vec<&'a str> {
    let lower = word.to_lowercase();
    let tail = format!(".{lower}");
    let allowed = (lower.len() / 3).clamp(1, 5);
    let mut ranked: Vec<(usize, &'a str)> = Vec::new();
    for candidate in list {
        let last = candidate.rsplit(['.', '_']).next().unwrap_or(candidate);
        let distance = match candidate.ends_with(&tail) {
            true => 0,
            false => edits(&lower, candidate).min(edits(&lower, last)),
        };
        if distance <= allowed {
            ranked.push((distance, candidate));
        }
    }
    ranked.sort_by_key(|(distance, candidate)| (*distance, candidate.len()));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Whether the field holds paths: `*` in a glob then stays in its directory, and `who` looks there.
pub fn is_path(name: &str) -> bool {
    const PATHS: &[&str] =
        &["process.executable", "process.working_directory", "tarsier.exec.asked"];
    let last = name.rsplit('.').next().unwrap_or(name);
    PATHS.contains(&name) || last == "directory" || last.split('_').any(|part| part == "path")
}

/// Least number of insertions, deletions and replacements.
fn edits(from: &str, to: &str) -> usize {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate().take(64) {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, b) in to.iter().enumerate() {
            let (left, above) = (row[j], row[j + 1]);
            row[j + 1] = (before + usize::from(a != b)).min(left + 1).min(above + 1);
            before = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{all, is_path, nearest};
    use common::event::Kind;

    #[test]
    fn a_name_has_one_type_in_all_kinds() {
        let every = all();
        for kind in Kind::ALL {
            for field in kind.fields() {
                let Some(known) = every.iter().find(|known| known.name == field.name) else {
                    continue;
                };
                assert_eq!(known.ty, field.ty, "{} of {}", field.name, kind.name());
            }
        }
    }

    #[test]
    fn mistyped_names_find_their_field() {
        assert_eq!(nearest("file.pth").first(), Some(&"file.path"));
        assert!(nearest("path").contains(&"file.path"));
        assert!(nearest("pid").contains(&"process.pid"));
        assert!(nearest("zzzzzzzzzzzz").is_empty());
    }

    #[test]
    fn paths_are_told_by_their_names() {
        assert!(is_path("file.path") && is_path("tarsier.file.path_old"));
        assert!(is_path("file.target_path") && is_path("process.executable"));
        assert!(!is_path("process.command_line") && !is_path("dns.question.name"));
    }
}
