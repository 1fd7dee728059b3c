// SPDX-License-Identifier: Apache-2.0
//! `tarsier reload`: the running recorder reads its settings again.
use super::{Console, Exit, Failure, ask};
use crate::config::Settings;
use crate::daemon::protocol::{Changed, Reply, Request};
use anyhow::Result;
use serde_json::json;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {}

/// Reloads and says what changed.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let Some(changes) = changes(&settings)? else {
        return Err(Failure::unreachable("no recorder is running")
            .at(settings.describe("control.socket"))
            .next("`tarsier start` starts one; it reads the settings then")
            .into());
    };
    if changes.is_empty() && !console.json {
        console.say("no setting changed")?;
    }
    for change in &changes {
        console.say(&line(change, console.json))?;
    }
    Ok(Exit::Fine)
}

/// What a running recorder made of its settings; `None` when none runs.
///
/// # Errors
/// The recorder refused them or could not be asked.
pub fn changes(settings: &Settings) -> Result<Option<Vec<Changed>>, Failure> {
    match ask::recorder(settings, Request::Reload)? {
        Some(Reply::Reloaded(changes)) => Ok(Some(changes)),
        _ => Ok(None),
    }
}

/// One change as a line.
pub fn line(change: &Changed, as_json: bool) -> String {
    if as_json {
        return json!(change).to_string();
    }
    let when = if change.live { "in force" } else { "needs a restart" };
    format!("{} = {} (was {}): {when}", change.key, change.new, change.old)
}
