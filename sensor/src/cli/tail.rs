// SPDX-License-Identifier: Apache-2.0
//! `tarsier tail [EXPR]`: events as they are stored, until interrupted.
//!
//! It is a reader of the store like any other: it cannot slow the recorder down, and it goes on
//! when the recorder is restarted.
use super::history::{self, Asked};
use super::{Console, Exit, query};
use crate::query::{Plan, Which};
use anyhow::Result;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest an event waits here before it is shown, and longest until an interrupt is heeded.
const WAIT: Duration = Duration::from_millis(100);
/// How long to wait for a store that cannot be read to come back.
const RETRY: Duration = Duration::from_millis(500);

/// How far back the first lines are looked for: following must not wait for a whole history.
const LOOK_BACK_EVENTS: u64 = 200_000;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// Only events that match; see `tarsier query --help`.
    expr: Vec<String>,
    /// First show so many of the newest events.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    lines: u64,
}

/// Follows until SIGINT or SIGTERM.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut asked = history::open(console)?;
    let expr = query::understand(&args.expr.join(" "), &asked)?;
    let plan = Plan::new(&expr, 0..u64::MAX);
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut out = console.out();
    let mut output = asked.output();
    output.begin(&mut out)?;
    let mut next = match asked.history.reader().last_sequence()? {
        Some(last) => last + 1,
        None => 0,
    };
    let mut newest = Vec::new();
    let which = Which {
        sequences: next.saturating_sub(LOOK_BACK_EVENTS)..next,
        ..Which::newest(Some(args.lines))
    };
    asked.history.events::<anyhow::Error>(&plan, &which, &mut |event| {
        newest.push(event);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    for event in newest.iter().rev() {
        output.event(event, &mut out)?;
    }
    out.flush()?;
    while !stop.load(Ordering::Relaxed) {
        let mut show = history::stream(&mut *output, &mut out);
        let step = follow(&mut asked, &plan, &mut next, &mut show);
        drop(show);
        out.flush()?;
        match step {
            Ok(()) => {}
            // The pipe that reads us is gone, or the store is being made anew.
            Err(why) if why.downcast_ref::<std::io::Error>().is_some() => return Err(why),
            Err(why) => {
                std::thread::sleep(RETRY);
                asked.history.reopen().map_err(|_| why)?;
            }
        }
    }
    output.end(&mut out)?;
    out.flush()?;
    Ok(Exit::Fine)
}

/// Waits a moment and shows what has come.
fn follow(
    asked: &mut Asked,
    plan: &Plan,
    next: &mut u64,
    show: &mut dyn FnMut(crate::event::Event) -> Result<std::ops::ControlFlow<()>>,
) -> Result<()> {
    let reader = asked.history.reader();
    if let Some(before) = next.checked_sub(1)
        && !reader.wait_beyond(before, WAIT)?
    {
        // A store that was made anew counts from the start again.
        if reader.last_sequence()?.is_none_or(|last| last < before) {
            *next = 0;
        }
        return Ok(());
    }
    let Some(last) = reader.last_sequence()? else {
        std::thread::sleep(WAIT);
        return Ok(());
    };
    let which = Which { sequences: *next..last + 1, ..Which::oldest(None) };
    asked.history.events(plan, &which, show)?;
    *next = last + 1;
    Ok(())
}
