// SPDX-License-Identifier: Apache-2.0
//! The settings table as text for people: the shipped default file and the help of one key.
use super::layers::set_by;
use super::{KEYS, Key, Settings};
use std::fmt::Write;

/// Columns of a wrapped comment or paragraph.
const WIDTH: usize = 88;

/// The commented file we ship: every key, as a comment, at its default.
pub fn default_file() -> String {
    let mut file = String::from(
        "# Settings of tarsier. Every line below shows a default; remove the # to change it.\n\
         # Put your own into /etc/tarsier.d/*.conf; `tarsier config list` says what is in force.\n",
    );
    for key in KEYS {
        file.push('\n');
        for line in wrapped(&key.about(), WIDTH - 2) {
            line_of(&mut file, &format!("# {line}"));
        }
        let mut facts = vec![key.ty.to_owned()];
        facts.extend([(key.bounds)(), key.unit.to_owned()].into_iter().filter(|f| !f.is_empty()));
        facts.push(key.merge.words().to_owned());
        facts.push(key.apply.words().to_owned());
        line_of(&mut file, &format!("# ({})", facts.join("; ")));
        line_of(&mut file, format!("#{} = {}", key.name, key.default_value()).trim_end());
    }
    file
}

/// Help of one key: meaning, type, default, bounds, unit, rules, value in force and its origin.
pub fn help_of(key: &Key, settings: &Settings) -> String {
    let mut text = format!("{}\n", key.name);
    for line in wrapped(&key.about(), WIDTH - 4) {
        line_of(&mut text, &format!("    {line}"));
    }
    let origins = settings.origins(key);
    let rows = [
        ("value", format!("{} ({})", shown(&(key.get)(&settings.config)), set_by(&origins))),
        ("default", shown(&key.default_value())),
        ("type", key.ty.to_owned()),
        ("allowed", (key.bounds)()),
        ("unit", key.unit.to_owned()),
        ("several files", key.merge.words().to_owned()),
        ("takes effect", key.apply.words().to_owned()),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        line_of(&mut text, &format!("    {name:<14}{value}"));
    }
    for given in settings.given(key).iter().filter(|given| !given.in_force) {
        line_of(&mut text, &format!("    {:<14}{} ({})", "not in force", given.text, given.origin));
    }
    text
}

fn shown(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() }
}

fn line_of(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes every write");
}

/// Words in lines of at most `width` columns.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
