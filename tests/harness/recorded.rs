// SPDX-License-Identifier: Apache-2.0
//! One recorded event as the command line prints it: JSON, nested by the dots of ECS names.

use serde_json::Value;

/// An event, by its public names.
#[derive(Clone, Debug)]
pub struct Event(Value);

impl Event {
    /// Reads one line of `--json`.
    pub fn parse(line: &str) -> serde_json::Result<Event> {
        serde_json::from_str(line).map(Event)
    }

    /// The value of a dotted name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        name.split('.').try_fold(&self.0, |value, part| value.get(part))
    }

    /// The value of a dotted name, if it is a text.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The value of a dotted name, if it is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    /// What happened.
    pub fn action(&self) -> &str {
        self.text("event.action")
    }

    /// Whether the event has one of the flags of `tarsier.flags`.
    pub fn has_flag(&self, flag: &str) -> bool {
        let flags = self.get("tarsier.flags").and_then(Value::as_array);
        flags.is_some_and(|flags| flags.iter().any(|value| value == flag))
    }

    /// The process it is attributed to, for ever.
    pub fn process(&self) -> &str {
        self.text("process.entity_id")
    }

    /// Short enough for a report: action, pid, path or addresses, result and flags.
    pub fn summary(&self) -> String {
        let mut words = vec![self.action().to_owned()];
        for name in [
            "process.pid",
            "file.path",
            "tarsier.file.path_old",
            "destination.ip",
            "destination.port",
            "tarsier.child.pid",
            "tarsier.result",
            "tarsier.flags",
        ] {
            if let Some(value) = self.get(name) {
                words.push(format!("{name}={value}"));
            }
        }
        words.join(" ")
    }
}

/// Nanoseconds since 1970 as RFC 3339 with nanoseconds, as the recorder prints times.
pub fn rfc3339(nanoseconds: u64) -> String {
    let (seconds, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{rest:09}Z")
}

/// Year, month and day of a day since 1970, in the calendar that begins years in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{Event, rfc3339};

    #[test]
    fn names_are_looked_up_by_their_dots() {
        let line = r#"{"process":{"pid":7,"name":"x"},"tarsier":{"flags":["maybe"]}}"#;
        let event = Event::parse(line).unwrap();
        assert_eq!(event.number("process.pid"), Some(7));
        assert!(event.has_flag("maybe") && !event.has_flag("torn"));
        assert_eq!(event.get("process.pid.x"), None);
    }

    #[test]
    fn times_are_written_as_the_recorder_does() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(951_782_400_000_000_001), "2000-02-29T00:00:00.000000001Z");
        assert_eq!(rfc3339(1_795_318_667_887_809_074), "2026-11-22T03:37:47.887809074Z");
    }
}
