// SPDX-License-Identifier: Apache-2.0
//! `tarsier doctor`: what this host can and cannot record, and what to do about it.
use super::{Console, Exit, ask};
use crate::config::Settings;
use crate::daemon::coverage::{MISSING, coverage, is_trampoline};
use crate::daemon::host::{Check, Verdict, checks};
use crate::daemon::protocol::{Coverage, Hook, Reply, Request};
use crate::daemon::sources::try_hooks;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;

/// Arguments of the verb.
#[derive(clap::Args)]
#[command(after_help = "Exits 0 when every kind of event is seen and no check failed, even if a \
                        hook has blind spots; 1 otherwise.")]
pub struct Args {}

/// What the hooks are, and how we know.
struct Hooks {
    known: Vec<Hook>,
    how: String,
    recording: bool,
}

/// Looks at the host and at every hook.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let host = checks(&settings);
    let hooks = hooks(&settings);
    let events = coverage(&hooks.known);
    let mut out = console.out();
    if console.json {
        for check in &host {
            writeln!(out, "{}", json!({"check": check}))?;
        }
        for event in &events {
            writeln!(out, "{}", json!({"event": event, "recording": hooks.recording}))?;
        }
    } else {
        show_host(&mut out, &host)?;
        writeln!(out, "\nevents: {}", hooks.how)?;
        show_events(&mut out, &events)?;
        show_refusals(&mut out, &hooks.known)?;
    }
    out.flush()?;
    let whole = host.iter().all(|check| check.verdict != Verdict::Bad)
        && events.iter().all(|event| event.state != "none");
    Ok(if whole { Exit::Fine } else { Exit::Found })
}

/// As the running recorder has them, else by loading each for a moment.
fn hooks(settings: &Settings) -> Hooks {
    if let Ok(Some(Reply::Status(status))) = ask::recorder(settings, Request::Status)
        && !status.probing.hooks.is_empty()
    {
        let how = format!("as the recorder has attached them, pid {}", status.pid);
        return Hooks { known: status.probing.hooks, how, recording: true };
    }
    match try_hooks(&settings.config) {
        Ok(known) => {
            let how = "nothing is recording; each hook was loaded for a moment".to_owned();
            Hooks { known, how, recording: false }
        }
        Err(why) => Hooks { known: Vec::new(), how: why.to_string(), recording: false },
    }
}

fn show_host(out: &mut impl Write, host: &[Check]) -> Result<()> {
    writeln!(out, "host")?;
    for check in host {
        let word = match check.verdict {
            Verdict::Good => "ok",
            Verdict::Degraded => "DEGRADED",
            Verdict::Bad => "BAD",
        };
        writeln!(out, "  {word:<9} {:<12} {}", check.name, check.found)?;
        if !check.advice.is_empty() {
            writeln!(out, "  {:<22} -> {}", "", check.advice)?;
        }
    }
    Ok(())
}

fn show_events(out: &mut impl Write, events: &[Coverage]) -> Result<()> {
    for event in events {
        writeln!(out, "  {:<15} {:<9} {}", event.event, event.state, event.tier)?;
        for hook in &event.hooks {
            writeln!(out, "  {:<15} by {hook}", "")?;
        }
        for blind in &event.blind {
            writeln!(out, "  {:<15} cannot see: {blind}", "")?;
        }
        // Refusals follow once, below; here only what nothing at all provides.
        for why in event.why.iter().filter(|why| why.starts_with(MISSING)) {
            writeln!(out, "  {:<15} because {why}", "")?;
        }
    }
    Ok(())
}

/// Hooks that were refused, by reason: on a host without trampolines that is one line, not forty.
fn show_refusals(out: &mut impl Write, hooks: &[Hook]) -> Result<()> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for hook in hooks.iter().filter(|hook| !hook.attached) {
        reasons.entry(&hook.why).or_default().push(&hook.hook);
    }
    reasons.retain(|why, _| !why.starts_with("not needed"));
    if !reasons.is_empty() {
        writeln!(out, "\nhooks that this kernel refused")?;
    }
    for (why, refused) in reasons {
        writeln!(out, "  {why}: {}", refused.join(", "))?;
    }
    let refused = |hook: &Hook| !hook.attached && is_trampoline(hook);
    if hooks.iter().any(|hook| refused(hook) && hook.why.contains("not permitted")) {
        writeln!(
            out,
            "  -> this kernel permits no trampolines (fentry): a stock kernel of 6.1 or newer \
             does,\n     and sees resolved objects, io_uring and 32-bit calls as well"
        )?;
    }
    Ok(())
}
