// SPDX-License-Identifier: Apache-2.0
//! A recorder of our own: started, asked and stopped by its command line.

use crate::place;
use crate::recorded::Event;
use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A directory with a store, a control socket, and the words that lead to them.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
    settings: Vec<String>,
}

impl Home {
    /// A home in `dir`, with more settings as `key=value`.
    pub fn new(dir: &Path, settings: &[&str]) -> Home {
        let own = [
            format!("store.path={}", dir.join("store").display()),
            format!("control.socket={}", dir.join("control.sock").display()),
        ];
        let more = settings.iter().map(|setting| (*setting).to_owned());
        Home { dir: dir.to_owned(), settings: own.into_iter().chain(more).collect() }
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the store lies.
    pub fn store(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// A command of the recorder with our settings. No configuration of the host is read.
    pub fn command(&self, words: &[&str]) -> Result<Command> {
        let config = self.dir.join("config");
        std::fs::create_dir_all(&config)?;
        let mut command = Command::new(place::tarsier()?);
        command.args(words).arg("--config-dir").arg(config);
        for setting in &self.settings {
            command.args(["-w", setting]);
        }
        Ok(command)
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Result<Output> {
        let mut command = self.command(words)?;
        command.output().with_context(|| format!("cannot start {command:?}"))
    }

    /// Runs a command that must succeed and gives what it printed.
    pub fn read(&self, words: &[&str]) -> Result<String> {
        let output = self.run(words)?;
        if !output.status.success() {
            bail!(
                "tarsier {}: {}\n{}",
                words.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Events that match an expression, oldest first.
    ///
    /// Nothing found is no error here; anything else is.
    pub fn query(&self, expression: &str) -> Result<Vec<Event>> {
        let output = self.run(&["query", expression, "--json", "--oldest-first"])?;
        let code = output.status.code();
        if !matches!(code, Some(0 | 1)) {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("tarsier query {expression}: {}\n{why}", output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let parse = |line| Event::parse(line).with_context(|| format!("not JSON: {line}"));
        let mut events: Vec<Event> = text.lines().map(parse).collect::<Result<_>>()?;
        events.sort_by_key(|event| event.number("event.sequence"));
        Ok(events)
    }

    /// How many events match an expression.
    pub fn count(&self, expression: &str) -> Result<u64> {
        let output = self.run(&["query", expression, "--count", "--json"])?;
        if !matches!(output.status.code(), Some(0 | 1)) {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("tarsier query {expression}: {}\n{why}", output.status);
        }
        let said: Value = serde_json::from_slice(&output.stdout)?;
        said.get("count").and_then(Value::as_u64).context("no count")
    }

    /// What `verify` says; an error when it finds anything wrong.
    pub fn verify(&self) -> Result<String> {
        self.read(&["verify"])
    }

    /// Starts a recorder and waits until it records.
    pub fn start(&self) -> Result<Recorder> {
        let log = File::create(self.dir.join("recorder.log"))?;
        let mut command = self.command(&["record"])?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let mut recorder = Recorder { home: self.clone(), child };
        recorder.wait_until_recording()?;
        Ok(recorder)
    }

    /// What the recorder wrote on its standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("recorder.log")).unwrap_or_default()
    }
}

/// A running recorder; killed when dropped without having been stopped.
#[derive(Debug)]
pub struct Recorder {
    home: Home,
    child: Child,
}

/// How long anything may take: emulated machines are slow.
pub fn patience() -> Duration {
    Duration::from_secs(if place::emulated() { 300 } else { 30 })
}

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begin = Instant::now();
    while begin.elapsed() < patience() {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("waited for {what} in vain")
}

impl Recorder {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    fn wait_until_recording(&mut self) -> Result<()> {
        let home = self.home.clone();
        wait_for("the recorder to record", || {
            if let Some(status) = self.child.try_wait()? {
                bail!("the recorder ended: {status}\n{}", home.log());
            }
            let recording = self.status().is_ok_and(|status| text(&status, "state") == "recording");
            Ok(recording.then_some(()))
        })
    }

    /// What `status --json` says.
    pub fn status(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.home.read(&["status", "--json"])?)?)
    }

    /// Waits until everything that happened before this call is in the store.
    ///
    /// A marker file is made; the ring is read in order per CPU, so a little is waited on top for
    /// what another CPU still holds back.
    pub fn settle(&self) -> Result<()> {
        let marker = self.home.dir.join("marker");
        std::fs::write(&marker, "x")?;
        std::fs::remove_file(&marker)?;
        let asked = format!("file.path == \"{}\"", marker.display());
        wait_for("the marker", || {
            let seen = self.home.query(&asked)?;
            Ok(seen.iter().any(|event| event.action() == "file_delete").then_some(()))
        })?;
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    }

    /// Asks it to reload its settings, as systemd does.
    pub fn hang_up(&self) -> Result<()> {
        Ok(kill(self.process()?, Signal::SIGHUP)?)
    }

    /// Kills it without a warning.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops it in order and waits for its end.
    pub fn stop(mut self) -> Result<ExitStatus> {
        kill(self.process()?, Signal::SIGTERM)?;
        let status = wait_for("the recorder to stop", || Ok(self.child.try_wait()?))?;
        if !status.success() {
            bail!("the recorder stopped with {status}\n{}", self.home.log());
        }
        Ok(status)
    }

    fn process(&self) -> Result<Pid> {
        Ok(Pid::from_raw(i32::try_from(self.child.id())?))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let ended = self.child.kill().and_then(|()| self.child.wait());
            ended.map_or_else(|why| eprintln!("the recorder stays: {why}"), |_| ());
        }
    }
}

/// A text at the top of an object.
pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The last balance of every class, from the history itself.
pub fn balances(home: &Home) -> Result<Vec<Balance>> {
    let events = home.query("event.action == ledger")?;
    let mut last: Vec<Balance> = Vec::new();
    for event in &events {
        let balance = Balance::of(event);
        last.retain(|older| older.class != balance.class);
        last.push(balance);
    }
    Ok(last)
}

/// Where the events of a class went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Which class.
    pub class: String,
    /// Decided to be recorded.
    pub seen: u64,
    /// In the store.
    pub stored: u64,
    /// Dropped by policy.
    pub filtered: u64,
    /// Dropped by the guard.
    pub shed: u64,
    /// Known to be lost.
    pub lost: u64,
}

impl Balance {
    fn of(event: &Event) -> Balance {
        let number = |name: &str| event.number(&format!("tarsier.ledger.{name}")).unwrap_or(0);
        Balance {
            class: event.text("tarsier.ledger.class").to_owned(),
            seen: number("seen"),
            stored: number("stored"),
            filtered: number("filtered"),
            shed: number("shed"),
            lost: number("lost"),
        }
    }

    /// Whether every event is accounted for.
    pub fn is_even(&self) -> bool {
        self.seen == self.stored + self.filtered + self.shed + self.lost
    }
}
