// SPDX-License-Identifier: Apache-2.0
//! How a verb ends: an exit code scripts can rely on, and an error that names the thing, the
//! place and the next step.
use anyhow::Result;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// Exit codes; stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Fine,
    /// 1: something was found or changed, or is not as it should be.
    Found,
    /// 2: the command line or the settings are wrong.
    Usage,
    /// 3: something could not be reached or read.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Found => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
        })
    }
}

/// Why a verb could not do its work.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    places: Vec<String>,
    next: Vec<String>,
}

impl Failure {
    /// `what` continues "error: ".
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Failure { exit, what: what.into(), places: Vec::new(), next: Vec::new() }
    }

    /// Something could not be reached or read.
    pub fn unreachable(what: impl Into<String>) -> Self {
        Failure::new(Exit::Unreachable, what)
    }

    /// The command line is wrong.
    pub fn usage(what: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, what)
    }

    /// Adds a line that says where or why.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.places.push(place.into());
        self
    }

    /// Adds a line that says what to do.
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next.push(step.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for line in self.places.iter().chain(&self.next).flat_map(|text| text.lines()) {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// An error as people read it: `error: what`, then a line for each cause.
pub fn explain(why: &anyhow::Error) -> String {
    let mut text = format!("error: {why}");
    for cause in why.chain().skip(1) {
        text.push_str("\n  ");
        text.push_str(&cause.to_string());
    }
    text
}

/// Prints an error to standard error and says how to exit. A reader that went away (`| head`) is
/// no error.
pub fn report(why: &anyhow::Error) -> Exit {
    if why.chain().any(is_broken_pipe) {
        return Exit::Fine;
    }
    use std::io::Write;
    let printed = writeln!(io::stderr(), "{}", explain(why));
    let exit = why.chain().find_map(|cause| cause.downcast_ref::<Failure>());
    match (printed, exit) {
        (_, Some(failure)) => failure.exit,
        _ => Exit::Unreachable,
    }
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    let broken = |why: &io::Error| why.kind() == io::ErrorKind::BrokenPipe;
    cause.downcast_ref::<io::Error>().is_some_and(broken)
        || cause
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|why| why.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
}

/// What clap has to say: help and version are no errors.
pub fn usage(why: &clap::Error) -> Result<Exit> {
    why.print()?;
    Ok(if why.use_stderr() { Exit::Usage } else { Exit::Fine })
}
