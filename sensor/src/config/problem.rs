// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with settings: where, which key, which value, what is allowed.
use std::fmt;
use std::path::PathBuf;

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of a file, counted from 1.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// `-w` on the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Flag => f.write_str("-w"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A line or flag is wrong.
    Line {
        /// Where.
        origin: Origin,
        /// What stands there, as far as it could be read.
        text: String,
        /// Why it is refused and what is allowed.
        why: String,
    },
    /// A file or directory could not be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Line { origin, text, why } => write!(f, "{origin}: {text}: {why}"),
            Problem::Unreadable { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

/// Everything that is wrong, in reading order; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}
