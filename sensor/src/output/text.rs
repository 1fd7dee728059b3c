// SPDX-License-Identifier: Apache-2.0
//! One line an event for people: when, what, who, and then what matters about it.
//!
//! The body is walked by the rules below; a field without a rule is shown as `name=value`, so a
//! new kind reads well enough before anybody has thought of it here.
use super::{Output, Style, escape, show};
use crate::event::{Event, Parts, Value};
use common::names::{Class, EventFlags};
use common::value::Errno;
use jiff::tz::TimeZone;
use std::io::{self, Write};

/// The format.
pub struct Text {
    style: Style,
}

/// How a field of a body is shown in a line.
enum Show {
    /// The value alone.
    Bare,
    /// A word and the value.
    Called(&'static str),
    /// A word and the old value, an arrow and the new one.
    Changed(&'static str, &'static str),
    /// A word and which bits came and went since the old value.
    Bits(&'static str, &'static str),
    /// An address with the port of this name, behind a sign.
    Endpoint(&'static str, &'static str),
    /// Not in a line; `--json` has it.
    Hidden,
}

/// What comes first in a line stands first here.
const RULES: &[(&str, Show)] = &[
    ("file.path", Show::Bare),
    ("tarsier.exec.asked", Show::Called("asked for")),
    ("tarsier.file.path_old", Show::Called("from")),
    ("file.target_path", Show::Called("to")),
    ("file.mode", Show::Changed("mode", "tarsier.file.mode_old")),
    ("file.uid", Show::Changed("owner", "tarsier.file.uid_old")),
    ("file.gid", Show::Changed("group", "tarsier.file.gid_old")),
    ("tarsier.file.replaced_inode", Show::Called("replaced inode")),
    ("source.ip", Show::Endpoint("", "source.port")),
    ("destination.ip", Show::Endpoint("-> ", "destination.port")),
    ("network.transport", Show::Bare),
    ("dns.question.name", Show::Bare),
    ("dns.question.type", Show::Bare),
    ("dns.response_code", Show::Bare),
    ("dns.resolved_ip", Show::Bare),
    ("dns.answers.data", Show::Bare),
    ("source.bytes", Show::Called("sent bytes")),
    ("destination.bytes", Show::Called("received bytes")),
    ("event.duration", Show::Called("after")),
    ("process.exit_code", Show::Called("code")),
    ("tarsier.exit.signal", Show::Called("by")),
    ("tarsier.cpu.user", Show::Called("user")),
    ("tarsier.cpu.system", Show::Called("system")),
    ("tarsier.signal", Show::Bare),
    ("tarsier.ptrace.request", Show::Bare),
    ("tarsier.target.pid", Show::Called("to pid")),
    ("tarsier.target.user.id", Show::Called("of user")),
    ("tarsier.child.pid", Show::Called("child")),
    ("tarsier.via", Show::Called("by")),
    ("tarsier.new.user.id", Show::Changed("uid", "tarsier.old.user.id")),
    ("tarsier.new.user.effective.id", Show::Changed("euid", "tarsier.old.user.effective.id")),
    ("tarsier.new.group.id", Show::Changed("gid", "tarsier.old.group.id")),
    ("tarsier.new.group.effective.id", Show::Changed("egid", "tarsier.old.group.effective.id")),
    ("tarsier.new.capabilities", Show::Bits("capabilities", "tarsier.old.capabilities")),
    (
        "tarsier.new.capabilities_permitted",
        Show::Bits("permitted", "tarsier.old.capabilities_permitted"),
    ),
    ("tarsier.loss.class", Show::Bare),
    ("tarsier.loss.count", Show::Called("lost")),
    ("tarsier.loss.cause", Show::Bare),
    ("event.start", Show::Called("from")),
    ("event.end", Show::Called("to")),
    ("event.reason", Show::Bare),
    ("file.inode", Show::Hidden),
    ("file.device", Show::Hidden),
    ("file.mtime", Show::Hidden),
    ("file.ctime", Show::Hidden),
    ("file.size", Show::Called("size")),
    ("tarsier.file.replaced_mode", Show::Hidden),
    ("process.thread.capabilities.effective", Show::Hidden),
    ("process.args_count", Show::Hidden),
    ("tarsier.args.bytes", Show::Hidden),
    ("tarsier.write.first", Show::Hidden),
    ("tarsier.flow.start", Show::Hidden),
    ("tarsier.child.entity_id", Show::Hidden),
    ("tarsier.child.ns_pid", Show::Hidden),
    ("tarsier.target.entity_id", Show::Hidden),
    ("network.type", Show::Hidden),
    ("network.direction", Show::Hidden),
    ("dns.id", Show::Hidden),
    ("dns.type", Show::Hidden),
];

/// Shown only where the event is about the file.
const OF_FILES: &[&str] = &["file.mode", "file.size"];

/// What a flag means to people; an empty one is left out of a line.
const FLAG_WORDS: &[(EventFlags, &str)] = &[
    (EventFlags::PATH_CUT, "path cut"),
    (EventFlags::ARGS_CUT, "arguments cut"),
    (EventFlags::AS_ASKED, "path as asked"),
    (EventFlags::TORN, "may be torn"),
    (EventFlags::UNREACHABLE, "path not reachable"),
    (EventFlags::DELETED, "deleted"),
    (EventFlags::MEMFD, "in memory only"),
    (EventFlags::MAYBE, "maybe"),
    (EventFlags::STILL_OPEN, "still open"),
    (EventFlags::SWEPT, "seen by the sweep"),
    (EventFlags::RESULT_UNKNOWN, "result not known"),
    (EventFlags::IN_PROGRESS, "in progress"),
    (EventFlags::OWNER_ONLY, "by the owner's lookup"),
    (EventFlags::INVENTORY, "was running before"),
    (EventFlags::TRUNCATED_AT_OPEN, "truncated at open"),
    (EventFlags::TMPFILE, "without a name"),
    (EventFlags::EXCHANGE, "names exchanged"),
    (EventFlags::CUT, "cut"),
    (EventFlags::SCRIPT, "script"),
    (EventFlags::PROCESS_UNKNOWN, "process not known"),
    (EventFlags::TRAMPOLINE, ""),
    (EventFlags::IO_URING, "through io_uring"),
    (EventFlags::PATH_UNKNOWN, "path not known"),
    (EventFlags::OBJECT_UNKNOWN, ""),
    (EventFlags::OLD_UNKNOWN, ""),
];

/// Longest command line in a line.
const COMMAND_CHARS: usize = 160;

impl Text {
    /// Lines in a style.
    pub fn new(style: Style) -> Text {
        Text { style }
    }
}

impl Output for Text {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let paint = |code: &str, text: String| match self.style.color && !code.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text,
        };
        let time = show::time(event.head.time.0, &self.style.zone);
        let action = format!("{:<14}", event.kind.name());
        let action = paint(color_of(event.kind.class()), action);
        let process = process_of(event);
        let line = format!("{time}  {action}  {:<8}  {process:<20}  ", user_of(event, &|_| None));
        write!(out, "{line}{}", words_of(event, &self.style.zone, true))?;
        if let Errno(errno @ 1..) = event.head.result {
            write!(out, "  {}", paint("31", format!("failed: {}", show::errno(errno))))?;
        }
        let flags = flags_of(event);
        if !flags.is_empty() {
            write!(out, "  {}", paint("2", format!("({flags})")))?;
        }
        writeln!(out)
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn color_of(class: Class) -> &'static str {
    match class {
        Class::PROCESS => "32",
        Class::FILE => "36",
        Class::NETWORK => "34",
        Class::DNS => "35",
        Class::IMAGE => "33",
        Class::SECURITY => "1;31",
        _ => "2",
    }
}

/// `name[pid]`.
pub fn process_of(event: &Event) -> String {
    let parts = event.parts();
    let name = parts.context_text("process.name").map_or("-".to_owned(), escape::terminal);
    match parts.context("process.pid") {
        Some(Value::Uint(pid)) => format!("{name}[{pid}]"),
        _ => name,
    }
}

/// The user, by name where it is known; the user that logged in behind it when it is another,
/// by what `login_name` knows.
pub fn user_of(event: &Event, login_name: &dyn Fn(u64) -> Option<String>) -> String {
    let parts = event.parts();
    let id = |name| match parts.context(name) {
        Some(Value::Uint(id)) => Some(id),
        _ => None,
    };
    let uid = id("user.id");
    let name = parts.context_text("user.name").map(escape::terminal);
    let name = name.or(uid.map(|uid| uid.to_string())).unwrap_or_else(|| "-".to_owned());
    match id("tarsier.login.id") {
        Some(login) if Some(login) != uid => {
            let login = login_name(login).unwrap_or_else(|| login.to_string());
            format!("{name} (login {login})")
        }
        _ => name,
    }
}

/// The command line of the process, cut to what a line can bear.
pub fn command_of(parts: &Parts<'_>, most: usize) -> Option<String> {
    let Some(Value::TextList(args)) = parts.context("process.args") else { return None };
    let shown: Vec<String> = show::list(args).map(escape::terminal).collect();
    let line = shown.join(" ");
    let cut: String = line.chars().take(most).collect();
    Some(if cut.len() < line.len() { format!("{cut}...") } else { cut })
}

/// What matters about an event beyond when and who; with the command line where the event is
/// about the process itself.
pub fn words_of(event: &Event, zone: &TimeZone, command: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    let of_process = event.kind.class() == Class::PROCESS;
    let command = command_of(&event.parts(), COMMAND_CHARS).filter(|_| command && of_process);
    let body = |name: &str| event.parts().body(name);
    for (name, rule) in RULES {
        // What the program looks like is not what an exec or a library load changed.
        let aside = OF_FILES.contains(name) && event.kind.class() != Class::FILE;
        if let Some(value) = body(name).filter(|_| !aside) {
            words.extend(word(value, rule, &body, zone));
        }
    }
    let paired = |name: &str| {
        RULES.iter().any(|(_, rule)| match rule {
            Show::Changed(_, old) | Show::Bits(_, old) => *old == name,
            Show::Endpoint(_, port) => *port == name,
            _ => false,
        })
    };
    for field in event.kind.fields() {
        let ruled = RULES.iter().any(|(name, _)| *name == field.name) || paired(field.name);
        if let Some(value) = body(field.name).filter(|_| !ruled) {
            let name = field.name.strip_prefix("tarsier.").unwrap_or(field.name);
            words.push(format!("{name}={}", show::value(value, zone)));
        }
    }
    let words = words.join(" ");
    match command {
        Some(command) if words.is_empty() => command,
        Some(command) => format!("{command}  {words}"),
        None => words,
    }
}

fn word<'e>(
    value: Value<'e>,
    rule: &Show,
    body: &dyn Fn(&str) -> Option<Value<'e>>,
    zone: &TimeZone,
) -> Option<String> {
    let new = show::value(value, zone);
    match rule {
        Show::Hidden => None,
        Show::Bare => Some(new),
        Show::Called(label) => Some(format!("{label} {new}")),
        Show::Changed(label, old) => match body(old).map(|old| show::value(old, zone)) {
            Some(old) if old == new => None,
            Some(old) => Some(format!("{label} {old} -> {new}")),
            None => Some(format!("{label} {new}")),
        },
        Show::Bits(label, old) => {
            let (Value::Flags(now, names), before) = (value, body(old)) else { return None };
            let Some(Value::Flags(before, _)) = before else {
                return Some(format!("{label} {new}"));
            };
            let gone = show::flags(before & !now, names).into_iter().map(|one| format!("-{one}"));
            let came = show::flags(now & !before, names).into_iter().map(|one| format!("+{one}"));
            let changes: Vec<String> = came.chain(gone).collect();
            (!changes.is_empty()).then(|| format!("{label} {}", changes.join(" ")))
        }
        Show::Endpoint(sign, port) => {
            let Value::Ip(address) = value else { return None };
            let address = show::ip(address);
            Some(match body(port) {
                Some(Value::Uint(port)) if address.contains(':') => {
                    format!("{sign}[{address}]:{port}")
                }
                Some(Value::Uint(port)) => format!("{sign}{address}:{port}"),
                _ => format!("{sign}{address}"),
            })
        }
    }
}

/// The flags of an event in words.
pub fn flags_of(event: &Event) -> String {
    let set = FLAG_WORDS.iter().filter(|(flag, _)| event.head.flags.0 & flag.0 != 0);
    let words: Vec<&str> = set.map(|(_, words)| *words).filter(|words| !words.is_empty()).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{FLAG_WORDS, RULES};
    use common::event::Kind;
    use common::names::EventFlags;

    #[test]
    fn every_flag_has_words() {
        for (bit, name) in EventFlags::NAMES {
            let found = FLAG_WORDS.iter().any(|(flag, _)| flag.0 == 1 << bit);
            assert!(found, "{name}: say what it means to people, or leave it out on purpose");
        }
    }

    #[test]
    fn every_rule_names_a_field() {
        for (name, _) in RULES {
            let known = |kind: &Kind| kind.fields().iter().any(|field| field.name == *name);
            assert!(Kind::ALL.iter().any(known), "{name}");
        }
    }
}
