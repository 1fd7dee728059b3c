// SPDX-License-Identifier: Apache-2.0
//! What the person at the command line asked of every verb: settings, output shape, colours.
use super::{Exit, Failure, Globals};
use crate::config::{Layers, Problems, Settings};
use anyhow::Result;
use jiff::tz::TimeZone;
use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, StdoutLock, Write};

/// The global flags, understood.
pub struct Console {
    /// One JSON object a line instead of text for people.
    pub json: bool,
    /// Times in UTC instead of the local zone.
    pub utc: bool,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// Colours are wanted.
    pub color: bool,
    layers: Layers,
}

impl Console {
    pub(super) fn new(globals: Globals, settings: Vec<String>) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = terminal && !globals.no_color && !set("NO_COLOR") && !dumb;
        let layers = match globals.config_dir {
            Some(directory) => Layers::directory(directory, settings),
            None => Layers::installed(settings),
        };
        Console { json: globals.json, utc: globals.utc, terminal, color, layers }
    }

    /// Prints what was done: a line for people, or `{"result": word}`.
    ///
    /// # Errors
    /// Standard output could not be written.
    pub fn tell(&self, line: &str, word: &str) -> Result<()> {
        match self.json {
            true => self.say(&serde_json::json!({"result": word, "message": line}).to_string()),
            false => self.say(line),
        }
    }

    /// Whether this command line names settings of its own, so not the installed instance.
    pub fn is_own_instance(&self) -> bool {
        self.layers.required || !self.layers.flags.is_empty()
    }

    /// Arguments that give another command the same settings.
    pub fn instance_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        for flag in &self.layers.flags {
            args.extend(["-w".into(), flag.into()]);
        }
        if let (true, Some(directory)) = (self.layers.required, self.layers.directories.last()) {
            let path = std::path::absolute(directory).unwrap_or(directory.clone());
            args.extend(["--config-dir".into(), path.into_os_string()]);
        }
        args
    }

    /// The zone that times are printed in.
    pub fn zone(&self) -> TimeZone {
        if self.utc { TimeZone::UTC } else { TimeZone::system() }
    }

    /// Where settings are read from.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Settings in force, each knowing who set it.
    ///
    /// # Errors
    /// Everything that is wrong with them, as a usage failure.
    pub fn settings(&self) -> Result<Settings> {
        Ok(Settings::load(&self.layers).map_err(refused)?)
    }

    /// Standard output, buffered. Write with `writeln!(out, …)?`: a broken pipe then ends the
    /// verb quietly instead of in a panic.
    pub fn out(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::new(std::io::stdout().lock())
    }

    /// Prints one line.
    ///
    /// # Errors
    /// Standard output could not be written.
    pub fn say(&self, line: &str) -> Result<()> {
        Ok(writeln!(std::io::stdout().lock(), "{line}")?)
    }
}

/// Settings that are wrong, as a failure with every place and the next step.
pub fn refused(problems: Problems) -> Failure {
    let what = match problems.0.len() {
        1 => "a setting is wrong".to_owned(),
        n => format!("{n} settings are wrong"),
    };
    problems
        .0
        .iter()
        .fold(Failure::new(Exit::Usage, what), |failure, problem| failure.at(problem.to_string()))
        .next("correct them; `tarsier config explain KEY` says what a key takes")
}

/// Takes every `-w key=value` out of the arguments, before and after the verb.
///
/// clap keeps only the last level's values of a repeatable global flag, and a setting that is
/// ignored silently is worse than none. Stops at `--`.
pub fn without_settings(args: impl IntoIterator<Item = OsString>) -> (Vec<OsString>, Vec<String>) {
    let (mut rest, mut settings) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        if text == "--" {
            rest.push(arg);
            rest.extend(args);
            break;
        }
        match text.strip_prefix("-w") {
            Some("") => match args.next() {
                Some(value) => settings.push(value.to_string_lossy().into_owned()),
                None => rest.push(arg), // clap says what is missing
            },
            Some(value) => settings.push(value.strip_prefix('=').unwrap_or(value).to_owned()),
            None => rest.push(arg),
        }
    }
    (rest, settings)
}

#[cfg(test)]
mod tests {
    use super::without_settings;

    #[test]
    fn settings_count_wherever_they_stand() {
        let line = "tarsier -w a=1 query -wb=2 x -- -w c=3";
        let (rest, settings) = without_settings(line.split(' ').map(Into::into));
        assert_eq!(rest, ["tarsier", "query", "x", "--", "-w", "c=3"]);
        assert_eq!(settings, ["a=1", "b=2"]);
    }
}
