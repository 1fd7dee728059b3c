// SPDX-License-Identifier: Apache-2.0
//! `tarsier stop`: an ordered end, waited for.
use super::{Console, Exit, Failure, ask};
use crate::daemon::protocol::Request;
use anyhow::Result;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// Seconds to wait for the end; 0 does not wait.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

/// Stops the recorder and waits until its socket is gone, which is the last thing it does.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    if ask::recorder(&settings, Request::Stop)?.is_none() {
        console.tell("no recorder is running", "not_running")?;
        return Ok(Exit::Fine);
    }
    let deadline = Instant::now() + Duration::from_secs(args.wait);
    let socket = &settings.config.control.socket;
    while UnixStream::connect(socket).is_ok() {
        if Instant::now() >= deadline {
            let what = format!("the recorder has not ended after {} s", args.wait);
            return Err(Failure::new(Exit::Found, what)
                .next("it may be writing to a slow disk; `tarsier status` says what it does")
                .into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    console.tell("the recorder has ended; all it saw is in the store", "stopped")?;
    Ok(Exit::Fine)
}
