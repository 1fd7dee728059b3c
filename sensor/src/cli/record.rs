// SPDX-License-Identifier: Apache-2.0
//! `tarsier record`: the recorder in the foreground, as the service manager runs it too.
use super::{Console, Exit};
use crate::daemon;
use anyhow::Result;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// Leave the terminal's session; what `tarsier start` asks for.
    #[arg(long, hide = true)]
    detach: bool,
}

/// Records until stopped by SIGTERM, SIGINT or `tarsier stop`; SIGHUP reloads.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    if args.detach {
        rustix::process::setsid()?;
    }
    daemon::record(settings, console.layers().clone())?;
    Ok(Exit::Fine)
}
