// SPDX-License-Identifier: Apache-2.0
//! What the verbs that ask the history share: the store, the times, and what is not known.
use super::{Console, Failure};
use crate::config::Settings;
use crate::event::Event;
use crate::output::{self, Output, Style, show};
use crate::query::{Clock, Gap, History, Plan};
use anyhow::Result;
use common::loss::Loss;
use common::names::Class;
use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::os::unix::net::UnixStream;

/// Most gaps told one by one.
const GAPS_MAX: usize = 10;

/// The history, and how its answers are to be shown.
pub struct Asked {
    /// The history.
    pub history: History,
    /// Now, and the zone of times without one.
    pub clock: Clock,
    /// How events are shown.
    pub style: Style,
    settings: Settings,
    json: bool,
}

/// The times a verb looks at.
#[derive(clap::Args)]
pub struct Window {
    /// Only what happened since then: 2h, 14:02, yesterday, 2026-11-22T14:02:00Z.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Only what happened before then.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
}

/// Opens the history of the configured store.
///
/// # Errors
/// The settings are wrong, or there is no store, or it cannot be read.
pub fn open(console: &Console) -> Result<Asked> {
    let settings = console.settings()?;
    let clock = Clock::system(console.utc);
    let style = Style { color: console.color, zone: clock.zone.clone() };
    let history = History::open(&settings.config.store.path).map_err(|why| {
        Failure::unreachable("cannot open the store")
            .at(settings.describe("store.path"))
            .at(why.to_string())
            .next("`tarsier status` says whether a recorder runs")
            .next("-w store.path=DIR asks another store")
    })?;
    Ok(Asked { history, clock, style, settings, json: console.json })
}

impl Asked {
    /// The writer people or a machine asked for.
    pub fn output(&self) -> Box<dyn Output> {
        output::open(self.json, &self.style)
    }

    /// A time in words.
    ///
    /// # Errors
    /// It is none.
    pub fn time(&self, option: &str, words: &str) -> Result<u64> {
        self.clock.read(words).ok_or_else(|| {
            let what = format!("`{words}` is not a time");
            Failure::usage(what).at(option).next(crate::query::when::TIMES).into()
        })
    }

    /// The times of a window as nanoseconds since 1970.
    ///
    /// # Errors
    /// One of them is no time, or they are the wrong way round.
    pub fn window(&self, window: &Window) -> Result<Range<u64>> {
        let read = |option: &str, words: &Option<String>, open: u64| match words {
            Some(words) => self.time(option, words),
            None => Ok(open),
        };
        let times = read("--since", &window.since, 0)?..read("--until", &window.until, u64::MAX)?;
        if times.is_empty() {
            return Err(Failure::usage("--since is not before --until").into());
        }
        Ok(times)
    }

    /// Says on standard error what is not known of a window, so that "nothing was found" can be
    /// told from "nobody knows".
    ///
    /// # Errors
    /// The store or standard error cannot be used.
    pub fn tell_unknown(&mut self, plan: &Plan, window: &Range<u64>) -> Result<()> {
        let asked = plan.times.start.max(window.start)..plan.times.end.min(window.end);
        let mut lines: Vec<String> = Vec::new();
        let time = |ns| show::time(ns, &self.clock.zone);
        let overview = self.history.reader().overview()?;
        match overview.oldest_time_ns {
            Some(oldest) if oldest > asked.start && asked.start > 0 => {
                lines.push(format!("unknown before {}: the history begins there", time(oldest)));
            }
            None => lines.push("unknown: the store is empty".to_owned()),
            _ => {}
        }
        let gaps = self.history.gaps(plan, &asked)?;
        lines.extend(gaps.iter().take(GAPS_MAX).map(|gap| words_of(gap, &time)));
        if gaps.len() > GAPS_MAX {
            let more = gaps.len() - GAPS_MAX;
            lines.push(format!("and {more} more: tarsier query 'event.action = loss'"));
        }
        let newest = overview.newest_time_ns.unwrap_or(0);
        if asked.end > newest && overview.newest_time_ns.is_some() && !self.records() {
            lines.push(format!("unknown after {}: no recorder is running", time(newest)));
        }
        let mut err = std::io::stderr().lock();
        for line in lines {
            match self.style.color {
                true => writeln!(err, "\x1b[33m{line}\x1b[0m")?,
                false => writeln!(err, "{line}")?,
            }
        }
        Ok(())
    }

    /// Whether a recorder answers at the control socket. One that does not let us in runs too.
    fn records(&self) -> bool {
        use std::io::ErrorKind::{ConnectionRefused, NotFound};
        match UnixStream::connect(&self.settings.config.control.socket) {
            Ok(_) => true,
            Err(why) => !matches!(why.kind(), NotFound | ConnectionRefused),
        }
    }
}

/// Writes events as they are found, in a stream.
pub fn stream<'w>(
    output: &'w mut dyn Output,
    out: &'w mut dyn Write,
) -> impl FnMut(Event) -> Result<ControlFlow<()>> + 'w {
    move |event| {
        output.event(&event, out)?;
        Ok(ControlFlow::Continue(()))
    }
}

fn words_of(gap: &Gap, time: &dyn Fn(u64) -> String) -> String {
    let class = gap.class.and_then(|class| {
        let id = u64::from(class.0);
        Class::NAMES.iter().find(|(number, _)| *number == id).map(|(_, name)| *name)
    });
    let what = match (gap.count, class) {
        (Some(1), Some(class)) => format!("1 {class} event was not seen"),
        (Some(count), Some(class)) => format!("{count} {class} events were not seen"),
        (Some(count), None) => format!("{count} events were not seen"),
        (None, Some(class)) => format!("{class} events were not seen or counted"),
        (None, None) => "events were not seen or counted".to_owned(),
    };
    let name = Loss::NAMES.iter().find(|(number, _)| *number == u64::from(gap.cause.0));
    let about = name.and_then(|(_, name)| Loss::ABOUT.iter().find(|(other, _)| other == name));
    let why = about.map_or_else(String::new, |(name, about)| format!(" ({name}: {about})"));
    format!("unknown from {} to {}: {what}{why}", time(gap.span.start), time(gap.span.end))
}
