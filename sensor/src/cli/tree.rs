// SPDX-License-Identifier: Apache-2.0
//! `tarsier tree PID|KEY`: whom a process came from and what came of it.
use super::history::{self, Asked};
use super::{Console, Exit, Failure};
use crate::event::{Joined, Parts, read_key, show_key};
use crate::output::{command_of, escape, show};
use crate::query::lineage::{End, Family, Relative};
use anyhow::Result;
use common::event::{Head, Kind};
use common::value::{ProcessKey, Typed};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::io::Write;

/// Longest command line in a tree.
const COMMAND_CHARS: usize = 200;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// A process id, or a process as outputs write it (4711-2n9c4a).
    process: String,
    /// The process that had the pid at this time, instead of the newest.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// Show at most so many descendants.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

/// Asks and prints.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut asked = history::open(console)?;
    let at = args.at.as_deref().map(|words| asked.time("--at", words)).transpose()?;
    let Some(key) = find(&mut asked, &args.process, at)? else {
        let mut err = std::io::stderr().lock();
        writeln!(
            err,
            "no process `{}` is in the history",
            escape::terminal(args.process.as_bytes())
        )?;
        return Ok(Exit::Found);
    };
    let family = asked.history.family(key, args.limit)?;
    let nothing = family.subject.context.is_none() && family.descendants.is_empty();
    if nothing && family.ancestors.is_empty() {
        let mut err = std::io::stderr().lock();
        writeln!(err, "nothing is known of process {}", show_key(key))?;
        return Ok(Exit::Found);
    }
    let mut out = console.out();
    for (depth, place, relative) in order(&family) {
        match console.json {
            true => writeln!(out, "{}", object(relative, depth, place))?,
            false => writeln!(out, "{}", line(relative, depth, place, &asked))?,
        }
    }
    out.flush()?;
    if family.left_out > 0 {
        let mut err = std::io::stderr().lock();
        writeln!(err, "{} more descendants: --limit shows more", family.left_out)?;
    }
    Ok(Exit::Fine)
}

/// The process somebody means by a pid or a key.
///
/// # Errors
/// It is neither, or the store could not be read.
pub fn find(asked: &mut Asked, text: &str, at: Option<u64>) -> Result<Option<ProcessKey>> {
    if let Ok(pid) = text.parse::<u32>() {
        return Ok(asked.history.process_of_pid(pid, at)?);
    }
    let key = read_key(text).ok_or_else(|| {
        Failure::usage(format!("`{}` is no process", text.escape_debug()))
            .next("give a pid, or a process as outputs write it, such as 4711-2n9c4a")
    })?;
    Ok(Some(key))
}

/// Where a relative stands to the process asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Ancestor,
    Subject,
    Descendant,
}

/// Everybody in the order of a tree, with the depth.
fn order(family: &Family) -> Vec<(usize, Place, &Relative)> {
    let mut rows: Vec<(usize, Place, &Relative)> = Vec::new();
    for (depth, relative) in family.ancestors.iter().enumerate() {
        rows.push((depth, Place::Ancestor, relative));
    }
    let base = family.ancestors.len();
    rows.push((base, Place::Subject, &family.subject));
    let mut below: HashMap<ProcessKey, Vec<&Relative>> = HashMap::new();
    for relative in &family.descendants {
        below.entry(relative.parent.unwrap_or(ProcessKey::ABSENT)).or_default().push(relative);
    }
    // Depth first without recursion; children were sorted by start, the stack turns them round.
    let children = |key: ProcessKey, depth: usize, below: &mut HashMap<_, Vec<_>>| {
        let mut found: Vec<(usize, &Relative)> = Vec::new();
        found.extend(below.remove(&key).unwrap_or_default().into_iter().map(|one| (depth, one)));
        found.reverse();
        found
    };
    let mut stack = children(family.subject.key, base + 1, &mut below);
    while let Some((depth, relative)) = stack.pop() {
        rows.push((depth, Place::Descendant, relative));
        let more = children(relative.key, depth + 1, &mut below);
        stack.extend(more);
    }
    rows
}

fn parts<'r>(relative: &'r Relative, joined: &'r Joined) -> Option<Parts<'r>> {
    let (context, tail) = relative.context.as_ref()?;
    Some(Parts {
        head: &Head::ABSENT,
        kind: Kind::Exit,
        context,
        context_tail: tail,
        body: &[],
        tail: &[],
        joined,
    })
}

fn line(relative: &Relative, depth: usize, place: Place, asked: &Asked) -> String {
    let joined = Joined::default();
    let indent = "  ".repeat(depth.min(60));
    let pid = relative.key.pid;
    let Some(parts) = parts(relative, &joined) else {
        return format!("{indent}{pid} (nothing else is known) {}", show_key(relative.key));
    };
    let text = |name| parts.context_text(name).map(escape::terminal);
    let name = text("process.name").unwrap_or_else(|| "-".to_owned());
    let user = text("user.name");
    let user = user.unwrap_or_else(|| match parts.context.uid {
        u32::MAX => "-".to_owned(),
        uid => uid.to_string(),
    });
    let time = |ns| show::time(ns, &asked.clock.zone);
    let start = match parts.context.start.0 {
        u64::MAX => "start not known".to_owned(),
        ns => time(ns),
    };
    let end = match &relative.end {
        Some(end) => format!(" - {} {}", time(end.time_ns), fate(end)),
        None => String::new(),
    };
    let command = command_of(&parts, COMMAND_CHARS)
        .or(text("process.executable"))
        .map_or_else(String::new, |command| format!("  {command}"));
    let paint = asked.style.color && place == Place::Subject;
    let (on, off) = if paint { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let mark = if place == Place::Subject { "*" } else { "" };
    format!("{indent}{on}{mark}{pid} {name}{off} {user} [{start}{end}]{command}")
}

fn fate(end: &End) -> String {
    match (&end.signal, end.code) {
        (Some(signal), _) => format!("by {signal}"),
        (None, Some(code)) => format!("exit {code}"),
        (None, None) => "ended".to_owned(),
    }
}

/// A relative as ECS has processes.
fn object(relative: &Relative, depth: usize, place: Place) -> Json {
    let joined = Joined::default();
    let relation = match place {
        Place::Ancestor => "ancestor",
        Place::Subject => "subject",
        Place::Descendant => "descendant",
    };
    let mut process = json!({ "entity_id": show_key(relative.key), "pid": relative.key.pid });
    let mut user = json!({});
    if let Some(parent) = relative.parent {
        process["parent"] = json!({ "entity_id": show_key(parent), "pid": parent.pid });
    }
    if let Some(parts) = parts(relative, &joined) {
        let text = |name| parts.context_text(name).map(|bytes| escape::json(bytes).0);
        let mut set = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                process[key] = value.into();
            }
        };
        set("name", text("process.name"));
        set("executable", text("process.executable"));
        set("working_directory", text("process.working_directory"));
        let start = parts.context.start.0;
        set("start", (start != u64::MAX).then(|| show::rfc3339(start)));
        if let Some(crate::event::Value::TextList(args)) = parts.context("process.args") {
            let all: Vec<String> = show::list(args).map(|arg| escape::json(arg).0).collect();
            process["command_line"] = all.join(" ").into();
            process["args"] = all.into();
        }
        if let Some(name) = text("user.name") {
            user["name"] = name.into();
        }
        if parts.context.uid != u32::MAX {
            user["id"] = parts.context.uid.into();
        }
    }
    let mut tree = json!({ "depth": depth, "relation": relation });
    if let Some(end) = &relative.end {
        process["end"] = show::rfc3339(end.time_ns).into();
        if let Some(code) = end.code {
            process["exit_code"] = code.into();
        }
        if let Some(signal) = &end.signal {
            tree["signal"] = signal.as_str().into();
        }
    }
    json!({ "process": process, "user": user, "tarsier": { "tree": tree } })
}
