// SPDX-License-Identifier: Apache-2.0
//! Changing one line of a settings file and keeping all else in it as it was.
use super::parse::{assignment, without_comment};

/// The file `config set` writes, in the strongest directory.
pub const LOCAL_FILE: &str = "90-local.conf";

/// `text` with `key = value`: in the last line that sets the key, or else as a new last line.
///
/// Earlier lines for the same key are taken out, so that a merge rule cannot revive them.
pub fn with_value(text: &str, key: &str, value: &str) -> String {
    let sets = |line: &str| assignment(without_comment(line)).is_some_and(|(name, _)| name == key);
    let last = text.lines().enumerate().filter(|(_, line)| sets(line)).map(|(at, _)| at).last();
    let assigned = format!("{key} = {value}");
    let mut lines: Vec<String> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if Some(at) == last {
            let comment = &line[without_comment(line).len()..];
            lines.push(format!("{assigned} {comment}").trim_end().to_owned());
        } else if !sets(line) {
            lines.push(line.to_owned());
        }
    }
    if last.is_none() {
        lines.push(assigned.trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::with_value;

    #[test]
    fn the_rest_of_the_file_stays() {
        let file = "# mine\nlog.level = warn   # loud\n\nstore.path = /a\n";
        assert_eq!(
            with_value(file, "log.level", "info"),
            "# mine\nlog.level = info # loud\n\nstore.path = /a\n"
        );
        assert_eq!(with_value("", "log.level", "info"), "log.level = info\n");
        assert_eq!(with_value("a = 1\na = 2", "a", "3"), "a = 3\n");
    }
}
