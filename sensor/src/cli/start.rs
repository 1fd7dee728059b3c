// SPDX-License-Identifier: Apache-2.0
//! `tarsier start`: the recorder in the background, waited for until it answers.
//!
//! Where systemd has the unit it is asked, so that there is one way a recorder runs on a host.
//! An instance with its own settings (`-w`, `--config-dir`) is started directly.
use super::{Console, Exit, Failure, ask};
use crate::config::Settings;
use crate::daemon::protocol::{Reply, Request, Status};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// Seconds to wait until it records.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

/// Starts a recorder, unless one runs.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    if let Some(status) = status(&settings)? {
        let pid = status.pid;
        console.tell(&format!("already {}, pid {pid}", status.state), "already_running")?;
        return Ok(Exit::Fine);
    }
    let mut started = match unit_file().filter(|_| !console.is_own_instance()) {
        Some(_) => by_systemd()?,
        None => by_hand(console, &settings)?,
    };
    let deadline = Instant::now() + Duration::from_secs(args.wait);
    loop {
        if let Some(status) = status(&settings)? {
            let log = started.log.map_or("the journal".into(), |log| log.display().to_string());
            let text = format!("{}, pid {}; its log is {log}", status.state, status.pid);
            console.tell(&text, "started")?;
            return Ok(Exit::Fine);
        }
        if let Some(why) = started.ended()? {
            return Err(why.into());
        }
        if Instant::now() >= deadline {
            return Err(Failure::unreachable("the recorder does not answer yet")
                .at(settings.describe("control.socket"))
                .next("`tarsier status` says when it does")
                .into());
        }
        thread::sleep(Duration::from_millis(30));
    }
}

fn status(settings: &Settings) -> Result<Option<Status>, Failure> {
    match ask::recorder(settings, Request::Status)? {
        Some(Reply::Status(status)) => Ok(Some(*status)),
        _ => Ok(None),
    }
}

/// A recorder on its way up.
struct Started {
    child: Option<Child>,
    log: Option<PathBuf>,
}

impl Started {
    /// Why it ended, if it has: the last lines of its log.
    fn ended(&mut self) -> Result<Option<Failure>> {
        let (Some(child), Some(log)) = (&mut self.child, &self.log) else { return Ok(None) };
        let Some(exit) = child.try_wait()? else { return Ok(None) };
        let text = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(12)..];
        let code = match exit.code() {
            Some(2) => Exit::Usage,
            _ => Exit::Unreachable,
        };
        let failure = Failure::new(code, "the recorder ended at once");
        Ok(Some(last.iter().fold(failure, |failure, line| failure.at(*line))))
    }
}

fn unit_file() -> Option<PathBuf> {
    let places = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
    let unit = places.iter().map(|place| Path::new(place).join("tarsier.service"));
    unit.filter(|_| Path::new("/run/systemd/system").is_dir()).find(|unit| unit.is_file())
}

fn by_systemd() -> Result<Started> {
    let done = Command::new("systemctl").args(["start", "tarsier.service"]).status();
    match done.context("cannot run systemctl")? {
        exit if exit.success() => Ok(Started { child: None, log: None }),
        _ => Err(Failure::unreachable("systemd could not start the recorder")
            .next("`journalctl -u tarsier -n 30` says why")
            .into()),
    }
}

fn by_hand(console: &Console, settings: &Settings) -> Result<Started> {
    let socket = &settings.config.control.socket;
    let log = socket.with_extension("log");
    let file = socket
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| File::create(&log))
        .map_err(|why| Failure::unreachable(format!("cannot write {}: {why}", log.display())))?;
    let executable = std::env::current_exe().context("cannot find the program itself")?;
    let child = Command::new(executable)
        .args(["record", "--detach"])
        .args(console.instance_args())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .context("cannot start the recorder")?;
    Ok(Started { child: Some(child), log: Some(log) })
}
