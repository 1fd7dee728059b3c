// SPDX-License-Identifier: Apache-2.0
//! Fields nobody stores: ECS names for the kind of an event, and parts of other fields.
use super::parts::Parts;
use super::value::Value;
use common::names::{Class, EventFlags};
use common::value::{Errno, Type};

/// How a derived field is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// `event.kind`.
    Kind,
    /// `event.action`.
    Action,
    /// `event.category`.
    Category,
    /// `event.type`.
    Type,
    /// `tarsier.class`.
    Class,
    /// `event.outcome`.
    Outcome,
    /// Arguments in one line.
    CommandLine,
    /// SHA-256 of the executable.
    ExecutableHash,
    /// Last component of `file.path`.
    FileName,
    /// `file.path` without its last component.
    FileDirectory,
    /// What follows the last dot of the name.
    FileExtension,
    /// The type bits of `file.mode`.
    FileType,
    /// The host.
    HostId,
    /// The boot.
    BootId,
}

/// One row of the table of derived fields.
#[derive(Clone, Copy, Debug)]
pub struct DerivedField {
    /// Public name.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// How it is made.
    pub what: Derived,
    /// What its values are.
    pub ty: Type,
}

const fn row(name: &'static str, what: Derived, help: &'static str) -> DerivedField {
    DerivedField { name, help, what, ty: Type::Text }
}

/// Every derived field.
pub const DERIVED: &[DerivedField] = &[
    row("event.kind", Derived::Kind, "event, state or metric."),
    row("event.action", Derived::Action, "Name of the kind: what happened."),
    row("event.category", Derived::Category, "ECS category of the kind."),
    row("event.type", Derived::Type, "ECS type of the kind."),
    row("tarsier.class", Derived::Class, "What the kind is switched and counted with."),
    row("event.outcome", Derived::Outcome, "success, failure or unknown, by tarsier.result."),
    row("process.command_line", Derived::CommandLine, "Arguments, joined by spaces."),
    DerivedField {
        name: "process.hash.sha256",
        help: "SHA-256 of the executable, once it has been computed.",
        what: Derived::ExecutableHash,
        ty: Type::Hash,
    },
    row("file.name", Derived::FileName, "Last component of file.path."),
    row("file.directory", Derived::FileDirectory, "file.path without its last component."),
    row("file.extension", Derived::FileExtension, "What follows the last dot of file.name."),
    row("file.type", Derived::FileType, "file, dir, symlink, fifo, socket, char or block."),
    row("host.id", Derived::HostId, "Machine id of the host."),
    row("tarsier.boot_id", Derived::BootId, "Boot the event belongs to."),
];

impl Derived {
    /// The field of the kind's body it is made from; `None`: every kind has it.
    pub fn needs(self) -> Option<&'static str> {
        match self {
            Derived::FileName | Derived::FileDirectory | Derived::FileExtension => {
                Some("file.path")
            }
            Derived::FileType => Some("file.mode"),
            _ => None,
        }
    }

    /// Whether the process alone decides it.
    pub fn of_context(self) -> bool {
        matches!(self, Derived::CommandLine | Derived::ExecutableHash)
    }

    /// Every value it can have, when the kind alone decides it or the list is closed.
    pub fn words(self) -> Option<Vec<&'static str>> {
        use common::event::Kind;
        let all = Kind::ALL.iter();
        let mut words: Vec<&'static str> = match self {
            Derived::Action
            | Derived::Category
            | Derived::Type
            | Derived::Class
            | Derived::Kind => all.filter_map(|kind| self.of_kind(*kind)).collect(),
            Derived::Outcome => vec!["failure", "success", "unknown"],
            Derived::FileType => FILE_TYPES.iter().map(|(_, name)| *name).collect(),
            _ => return None,
        };
        words.sort_unstable();
        words.dedup();
        Some(words)
    }

    /// The value all events of a kind share.
    pub fn of_kind(self, kind: common::event::Kind) -> Option<&'static str> {
        let class_name = || {
            let id = u64::from(kind.class().0);
            Class::NAMES.iter().find(|(number, _)| *number == id).map(|(_, name)| *name)
        };
        Some(match self {
            Derived::Kind => ecs_kind(kind.class(), kind.ecs_type()),
            Derived::Action => kind.name(),
            Derived::Category => kind.category(),
            Derived::Type => kind.ecs_type(),
            Derived::Class => class_name()?,
            _ => return None,
        })
    }

    /// Reads it; `scratch` holds a command line while it is looked at.
    pub fn read<'a>(self, parts: &Parts<'a>, scratch: &'a mut Vec<u8>) -> Option<Value<'a>> {
        if let Some(word) = self.of_kind(parts.kind) {
            return Some(Value::Text(word.as_bytes()));
        }
        match self {
            Derived::Outcome => outcome(parts).map(|word| Value::Text(word.as_bytes())),
            Derived::CommandLine => command_line(parts, scratch).map(Value::Text),
            Derived::ExecutableHash => parts.joined.executable_hash.map(Value::Hash),
            Derived::HostId => parts.joined.host_id.as_deref().map(|id| Value::Text(id.as_bytes())),
            Derived::BootId => parts.joined.boot_id.as_deref().map(|id| Value::Text(id.as_bytes())),
            Derived::FileType => match parts.body("file.mode")? {
                Value::Mode(mode) => file_type(mode).map(|word| Value::Text(word.as_bytes())),
                _ => None,
            },
            part => match parts.body("file.path")? {
                Value::Text(path) => part.of_path(path).map(Value::Text),
                _ => None,
            },
        }
    }

    /// The part of a path that a derived file field is.
    pub fn of_path(self, path: &[u8]) -> Option<&[u8]> {
        let slash = path.iter().rposition(|byte| *byte == b'/');
        let name = slash.map_or(path, |at| path.get(at + 1..).unwrap_or_default());
        match self {
            Derived::FileName => (!name.is_empty()).then_some(name),
            Derived::FileDirectory => match slash? {
                0 => Some(b"/"),
                at => path.get(..at),
            },
            Derived::FileExtension => {
                let dot = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0)?;
                name.get(dot + 1..).filter(|rest| !rest.is_empty())
            }
            _ => None,
        }
    }
}

/// ECS `event.kind`: the recorder's own balance is a metric, its own changes are states.
fn ecs_kind(class: Class, ecs_type: &str) -> &'static str {
    match (class, ecs_type) {
        (Class::RECORDER, "info") => "metric",
        (Class::RECORDER, "change") => "state",
        _ => "event",
    }
}

fn outcome(parts: &Parts<'_>) -> Option<&'static str> {
    const UNKNOWN: u64 = EventFlags::RESULT_UNKNOWN.0 | EventFlags::IN_PROGRESS.0;
    if parts.kind.class() == Class::RECORDER {
        return None;
    }
    Some(match parts.head.result {
        _ if parts.head.flags.0 & UNKNOWN != 0 => "unknown",
        Errno(0) => "success",
        Errno(i32::MIN) => "unknown",
        Errno(_) => "failure",
    })
}

/// The arguments of the process, joined.
fn command_line<'a>(parts: &Parts<'a>, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let Value::TextList(args) = parts.context("process.args")? else {
        return None;
    };
    let args = args.strip_suffix(&[0]).unwrap_or(args);
    scratch.clear();
    scratch.extend(args.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }));
    Some(scratch)
}

const FILE_TYPES: &[(u32, &str)] = &[
    (0o100_000, "file"),
    (0o040_000, "dir"),
    (0o120_000, "symlink"),
    (0o010_000, "fifo"),
    (0o140_000, "socket"),
    (0o020_000, "char"),
    (0o060_000, "block"),
];

fn file_type(mode: u32) -> Option<&'static str> {
    FILE_TYPES.iter().find(|(bits, _)| *bits == mode & 0o170_000).map(|(_, name)| *name)
}
