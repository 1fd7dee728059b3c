// SPDX-License-Identifier: Apache-2.0
//! Typed settings from one table, read in layers, each value knowing who set it.
//!
//! `Settings::load(&Layers)` gives [`Config`] (plain values) and the origin of every value. It
//! reports every mistake at once and accepts nothing silently: an unknown key is an error.
mod bounds;
mod edit;
mod explain;
mod keys;
mod layers;
mod parse;
mod problem;
mod types;

pub use edit::{LOCAL_FILE, with_value};
pub use explain::{default_file, help_of};
pub use keys::{Config, KEYS};
pub use layers::{Change, Given, Layers, Settings, set_by};
pub use parse::nearest;
pub use problem::{Origin, Problem, Problems};
pub use types::{FileMode, LogLevel, Resolution, Setting};

/// How values from several files combine. `-w` always has the last word; a default never
/// competes with a given value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// The later file wins.
    Last,
    /// The largest wins.
    Max,
    /// The largest wins, and 0 is larger than all.
    MaxOrUnlimited,
    /// The smallest wins.
    Min,
    /// True only if every file says true.
    All,
    /// True if any file says true.
    Any,
    /// Lists are joined.
    Union,
}

impl Merge {
    /// The rule in words.
    pub const fn words(self) -> &'static str {
        match self {
            Merge::Last => "the last file wins",
            Merge::Max => "the largest value wins",
            Merge::MaxOrUnlimited => "the largest value wins, 0 counts as infinite",
            Merge::Min => "the smallest value wins",
            Merge::All => "true only if every file says true",
            Merge::Any => "true if any file says true",
            Merge::Union => "lists are joined",
        }
    }
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apply {
    /// At the next reload.
    Live,
    /// When the recorder starts again.
    Restart,
}

impl Apply {
    /// The rule in words.
    pub const fn words(self) -> &'static str {
        match self {
            Apply::Live => "live, at the next reload",
            Apply::Restart => "when the recorder starts again",
        }
    }
}

/// What became of a value when it met an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in force alone.
    Replaced,
    /// It is in force together with earlier ones.
    Joined,
    /// The earlier one stays in force.
    Kept,
}

/// One row of the settings table.
pub struct Key {
    /// `group.name`.
    pub name: &'static str,
    /// Sentences for people; one leading space a line, as doc comments have.
    pub help: &'static str,
    /// Name of its type.
    pub ty: &'static str,
    /// Unit of the number, or empty.
    pub unit: &'static str,
    /// How files combine.
    pub merge: Merge,
    /// When a change takes effect.
    pub apply: Apply,
    /// Allowed values in words; empty when the type says it all.
    pub bounds: fn() -> String,
    /// Reads and checks a text; gives the value as `config list` spells it.
    pub check: fn(&str) -> Result<String, String>,
    /// Reads, checks and combines a text; the flag says whether a file gave a value before.
    pub put: fn(&mut Config, &str, bool) -> Result<Taken, String>,
    /// The value in force.
    pub get: fn(&Config) -> String,
}

impl Key {
    /// The row of a name.
    pub fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Help as one paragraph.
    pub fn about(&self) -> String {
        self.help.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The built-in value.
    pub fn default_value(&self) -> String {
        (self.get)(&Config::default())
    }
}

impl Config {
    /// The size at which recording stops, MiB; `None` when the store is unlimited.
    pub fn hard_limit_mb(&self) -> Option<u64> {
        match (self.store.hard_limit_mb, self.store.max_size_mb) {
            (0, 0) => None,
            (0, max) => Some(max.saturating_mul(2)),
            (limit, _) => Some(limit),
        }
    }
}
