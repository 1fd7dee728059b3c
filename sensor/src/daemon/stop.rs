// SPDX-License-Identifier: Apache-2.0
//! Requests to exit or reload that come as POSIX signals.
use super::running::Running;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::thread;

/// Catches the signals from here on; they wait until [`Caught::serve`].
///
/// Taken before the store is opened, so that a stop during the start is an ordered one as well.
#[derive(Debug)]
pub struct Caught(Signals);

impl Caught {
    /// Begins to catch.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn new() -> io::Result<Caught> {
        Ok(Caught(Signals::new([SIGTERM, SIGINT, SIGHUP])?))
    }

    /// Obeys them from a thread of its own.
    ///
    /// # Errors
    /// The thread could not be made.
    pub fn serve(mut self, running: Arc<Running>) -> io::Result<()> {
        let obey = move || {
            for signal in self.0.forever() {
                match signal {
                    SIGHUP => reload(&running),
                    SIGINT => running.stop("interrupted from the terminal"),
                    _ => running.stop("terminated"),
                }
            }
        };
        thread::Builder::new().name("signals".into()).spawn(obey).map(drop)
    }
}

/// The outcome of a reload that nobody waits for goes to the log.
fn reload(running: &Running) {
    match running.reload() {
        Ok(changes) if changes.is_empty() => tracing::info!("reload: no setting changed"),
        Ok(changes) => {
            for change in changes {
                let when = if change.live { "in force" } else { "needs a restart" };
                tracing::info!("reload: {} = {} ({when})", change.key, change.new);
            }
        }
        Err(problems) => {
            tracing::error!("reload refused, the running settings stay:");
            for problem in problems.0 {
                tracing::error!("  {problem}");
            }
        }
    }
}
