// SPDX-License-Identifier: Apache-2.0
//! `tarsier who PATH`: who touched this path, newest first. The question people come with.
use super::history::{self, Asked, Window};
use super::{Console, Exit};
use crate::enrich::user::Users;
use crate::event::{Event, Value};
use crate::output::table::Table;
use crate::output::{command_of, escape, flags_of, process_of, show, user_of, words_of};
use crate::query::path::Subject;
use crate::query::{Plan, Which};
use anyhow::Result;
use common::value::Errno;
use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Longest command line in the table.
const COMMAND_CHARS: usize = 120;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// A file or directory; it need not exist any more.
    path: PathBuf,
    #[command(flatten)]
    window: Window,
    /// Show at most so many; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,
    /// Files of that name in other mount namespaces (containers) too.
    #[arg(long)]
    everywhere: bool,
}

/// Asks and prints.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut asked = history::open(console)?;
    let window = asked.window(&args.window)?;
    let subject = Subject::of(&args.path)?;
    let by_path = Plan::new(&subject.by_path(args.everywhere), window.clone());
    let limit = if args.limit == 0 { u64::MAX } else { args.limit };
    let mut events = touches(&mut asked, &by_path, limit.saturating_add(1))?;
    if let Some(by_file) = subject.by_file() {
        let by_file = Plan::new(&by_file, window.clone());
        events.extend(touches(&mut asked, &by_file, limit.saturating_add(1))?);
        events.sort_by_key(|event| std::cmp::Reverse(event.head.sequence));
        events.dedup_by_key(|event| event.head.sequence);
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = events.len() > most;
    events.truncate(most);
    print(&events, &subject, console, &asked)?;
    if more {
        let mut err = std::io::stderr().lock();
        writeln!(err, "there are more: --limit 0 shows all, --since and --until narrow it down")?;
    }
    tell_unknown(&mut asked, &by_path, &window)?;
    Ok(if events.is_empty() { Exit::Found } else { Exit::Fine })
}

fn tell_unknown(asked: &mut Asked, plan: &Plan, window: &Range<u64>) -> Result<()> {
    // Without --since people mean "ever", and the history began some time.
    asked.tell_unknown(plan, &(window.start.max(1)..window.end))
}

fn touches(asked: &mut Asked, plan: &Plan, limit: u64) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    asked.history.events::<anyhow::Error>(plan, &Which::newest(Some(limit)), &mut |event| {
        events.push(event);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(events)
}

fn print(events: &[Event], subject: &Subject, console: &Console, asked: &Asked) -> Result<()> {
    let mut out = console.out();
    if console.json {
        let mut output = asked.output();
        output.begin(&mut out)?;
        events.iter().try_for_each(|event| output.event(event, &mut out))?;
        output.end(&mut out)?;
        return Ok(out.flush()?);
    }
    let users = Users::of_host();
    let login = |id: u64| {
        let name = users.name(u32::try_from(id).ok()?)?;
        Some(escape::terminal(name))
    };
    let contained = events.iter().any(|event| container_of(event).is_some());
    let mut headings = vec!["time", "action", "user", "process", "details", "command line"];
    if contained {
        headings.insert(4, "container");
    }
    let mut table = Table::new(&headings);
    for event in events {
        let mut cells = vec![
            show::time(event.head.time.0, &asked.clock.zone),
            event.kind.name().to_owned(),
            user_of(event, &login),
            process_of(event),
            details_of(event, subject, asked),
            command_of(&event.parts(), COMMAND_CHARS).unwrap_or_else(|| "-".to_owned()),
        ];
        if contained {
            cells.insert(4, container_of(event).unwrap_or_else(|| "-".to_owned()));
        }
        table.row(cells);
    }
    if !events.is_empty() {
        table.print(&mut out, console.color)?;
    }
    Ok(out.flush()?)
}

/// The container an event came from, by runtime and short id.
fn container_of(event: &Event) -> Option<String> {
    let parts = event.parts();
    let id = escape::terminal(parts.context_text("container.id")?);
    let short: String = id.chars().take(12).collect();
    Some(match parts.context("container.runtime") {
        Some(Value::Name(number, names)) => format!("{}:{short}", show::name(number, names)),
        _ => short,
    })
}

/// What happened to it, without repeating the path that was asked for.
fn details_of(event: &Event, subject: &Subject, asked: &Asked) -> String {
    let mut words = words_of(event, &asked.clock.zone, false);
    for path in &subject.paths {
        let path = escape::terminal(path.as_os_str().as_bytes());
        if let Some(rest) = words.strip_prefix(&path)
            && (rest.is_empty() || rest.starts_with(' '))
        {
            words = rest.trim_start().to_owned();
            break;
        }
    }
    if let Errno(errno @ 1..) = event.head.result {
        words.push_str(&format!(" failed: {}", show::errno(errno)));
    }
    let flags = flags_of(event);
    if !flags.is_empty() {
        words.push_str(&format!(" ({flags})"));
    }
    let words = words.trim().to_owned();
    if words.is_empty() { "-".to_owned() } else { words }
}
