// SPDX-License-Identifier: Apache-2.0
//! What is wrong with a query, shown under the place where it is.
use std::fmt;

/// A query that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The whole query.
    pub query: String,
    /// First byte of what is wrong.
    pub start: usize,
    /// One behind its last byte.
    pub end: usize,
    /// What is wrong.
    pub what: String,
    /// What was expected, or the nearest that exists.
    pub hint: String,
}

/// Most characters of a query shown on each side of the place.
const AROUND: usize = 60;

impl fmt::Display for QueryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| -> String {
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
        };
        let before = shown(self.query.get(..self.start).unwrap_or(&self.query));
        let place = shown(self.query.get(self.start..self.end).unwrap_or_default());
        let behind = shown(self.query.get(self.end..).unwrap_or_default());
        let skipped = before.chars().count().saturating_sub(AROUND);
        let before: String = before.chars().skip(skipped).collect();
        let place: String = place.chars().take(AROUND).collect();
        let rest: String = behind.chars().take(AROUND).collect();
        let dots = if skipped > 0 { "..." } else { "" };
        let more = if rest.len() < behind.len() { "..." } else { "" };
        let column = dots.len() + before.chars().count();
        let carets = "^".repeat(place.chars().count().max(1));
        writeln!(out, "{} at column {}", self.what, self.column())?;
        writeln!(out, "  {dots}{before}{place}{rest}{more}")?;
        write!(out, "  {:column$}{carets} {}", "", self.hint)
    }
}

impl QueryError {
    /// Column of the place, from 1, in characters.
    pub fn column(&self) -> usize {
        self.query.get(..self.start).unwrap_or(&self.query).chars().count() + 1
    }
}

impl std::error::Error for QueryError {}
