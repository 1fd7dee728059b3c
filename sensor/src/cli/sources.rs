// SPDX-License-Identifier: Apache-2.0
//! `tarsier sources`: where records can come from, and whether they would here.
use super::{Console, Exit, ask};
use crate::daemon::protocol::{Hook, Reply, Request};
use crate::daemon::sources::{chosen, try_hooks};
use crate::source::SOURCES;
use anyhow::Result;
use serde_json::json;
use std::io::Write;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {}

/// Lists them; exits 1 when the chosen one cannot run.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let in_use = chosen(&settings.config).name;
    let (state, works) = match ask::recorder(&settings, Request::Status) {
        Ok(Some(Reply::Status(status))) => (attached("recording", &status.probing.hooks), true),
        _ => match try_hooks(&settings.config) {
            Ok(hooks) => (attached("available", &hooks), true),
            Err(why) => (format!("not available: {why}"), false),
        },
    };
    let mut out = console.out();
    for backend in SOURCES {
        let used = backend.name == in_use;
        let state = if used { state.as_str() } else { "not asked for" };
        if console.json {
            let row = json!({"source": backend.name, "about": backend.about, "in_use": used,
                             "state": state});
            writeln!(out, "{row}")?;
            continue;
        }
        writeln!(out, "{}  {}", backend.name, backend.about)?;
        for line in state.lines() {
            writeln!(out, "  {}", line.trim_start())?;
        }
    }
    out.flush()?;
    Ok(if works { Exit::Fine } else { Exit::Found })
}

fn attached(word: &str, hooks: &[Hook]) -> String {
    let attached = hooks.iter().filter(|hook| hook.attached).count();
    format!("{word}: {attached} of {} programs attached", hooks.len())
}
