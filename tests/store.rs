// SPDX-License-Identifier: Apache-2.0
//! Trouble: kills in a storm, a full disk, a second recorder, no rights, bad settings, reloads.
//!
//! One recorder at a time, because the kernel side of each sees the whole host.

use anyhow::{Result, ensure};
use e2e::place::{self, Scratch};
use e2e::recorder::{Home, balances, patience, text, wait_for};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Held by the test that records.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A turn to record; `None`, said as a skip, where nobody may.
fn turn() -> Option<MutexGuard<'static, ()>> {
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if place::is_root() {
        return Some(turn);
    }
    println!("skip: recording needs root");
    None
}

fn home(scratch: &Scratch, settings: &[&str]) -> Result<Home> {
    let dir = scratch.path().join("home");
    fs::create_dir_all(&dir)?;
    Ok(Home::new(&dir, settings))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// A recorder killed without warning, again and again while much happens: the store opens, is
/// whole, uses no number twice, and says from when to when nothing was seen.
#[test]
fn kills_in_a_storm() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let kills = match (place::emulated(), place::full_size()) {
        (true, _) => 3,
        (false, true) => 50,
        (false, false) => 20,
    };
    let scratch = Scratch::new("kills")?;
    let home = home(&scratch, &[])?;
    let mut slowest = Duration::ZERO;
    let mut killed = Vec::new();
    for round in 0..kills {
        let recorder = home.start()?;
        let mut storm = Command::new(place::scenario()?)
            .args(["storm-exec", "1000000", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        std::thread::sleep(Duration::from_millis(700 + 37 * (round % 10)));
        // Before: the kernel takes seconds to take the probes out, and only then says it is gone.
        killed.push(now_ns());
        recorder.kill()?;
        storm.kill()?;
        storm.wait()?;
        let begin = Instant::now();
        home.read(&["query", "", "--json", "--limit", "1"])?;
        slowest = slowest.max(begin.elapsed());
        home.verify()?;
    }
    home.start()?.stop()?;
    home.verify()?;
    println!("{kills} kills; slowest open and first answer: {slowest:?}");
    history_is_honest(&home, &killed)
}

fn history_is_honest(home: &Home, killed: &[u64]) -> Result<()> {
    let events = home.query("")?;
    let numbers: HashSet<u64> = events.iter().filter_map(|e| e.number("event.sequence")).collect();
    ensure!(numbers.len() == events.len(), "a sequence number was used twice");
    let gaps: Vec<_> = events
        .iter()
        .filter(|e| e.action() == "loss" && e.text("tarsier.loss.cause") == "unclean_stop")
        .collect();
    let starts: HashSet<&str> = gaps.iter().map(|gap| gap.text("event.start")).collect();
    ensure!(starts.len() == killed.len(), "{} gaps of {} kills", starts.len(), killed.len());
    let mut missing = Vec::new();
    for kill in killed {
        let at = e2e::recorded::rfc3339(*kill);
        let before = events.iter().map(|e| e.text("@timestamp")).filter(|time| *time < &at[..]);
        let last = before.max().unwrap_or_default().to_owned();
        ensure!(gaps.iter().any(|gap| gap.text("event.start") <= &at[..]), "no gap at {at}");
        missing.push(milliseconds_between(&last, &at));
    }
    println!("{} events; milliseconds missing before each kill: {missing:?}", events.len());
    // A commit interval and a ring; a starved machine may be late now and then, not usually.
    missing.sort_unstable();
    let usual = missing[missing.len() / 2];
    let most = if place::emulated() { 5000 } else { 700 };
    ensure!(usual <= most, "usually {usual} ms are missing before a kill");
    Ok(())
}

/// Milliseconds between two times of the same day.
fn milliseconds_between(from: &str, to: &str) -> i64 {
    let parse = |time: &str| -> i64 {
        let clock = time.get(11..23).unwrap_or("00:00:00.000");
        let part = |range: std::ops::Range<usize>| clock[range].parse::<i64>().unwrap_or(0);
        ((part(0..2) * 60 + part(3..5)) * 60 + part(6..8)) * 1000 + part(9..12)
    };
    (parse(to) - parse(from)).rem_euclid(86_400_000)
}

/// Unmounts when dropped.
struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(why) = umount2(&self.0, MntFlags::MNT_DETACH) {
            eprintln!("{} stays mounted: {why}", self.0.display());
        }
    }
}

/// A disk without room: recording goes on in memory, says so, and recovers by itself.
#[test]
fn full_disk() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("full")?;
    let disk = scratch.path().join("disk");
    fs::create_dir_all(&disk)?;
    let size = Some("size=48m");
    mount(Some("little"), &disk, Some("tmpfs"), MsFlags::empty(), size)?;
    let _mounted = Mounted(disk.clone());
    let home = Home::new(&disk, &["store.journal_mb=4"]);
    let recorder = home.start()?;
    fill(&disk)?;
    let work = scratch.path().join("work");
    fs::create_dir_all(&work)?;
    // More than the journal holds, so that room is needed.
    let storm = |count: &str| -> Result<()> {
        let status = Command::new(place::scenario()?)
            .args(["storm-file", count])
            .arg(&work)
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "the storm failed");
        Ok(())
    };
    let store_state = || -> Result<String> {
        let status = recorder.status()?;
        Ok(status.get("store").map(|store| text(store, "state").to_owned()).unwrap_or_default())
    };
    wait_for("the store to say it is in trouble", || {
        storm("5000")?;
        Ok((store_state()? != "ok").then_some(()))
    })?;
    println!("in trouble: {}", store_state()?);
    fs::remove_file(disk.join("filler"))?;
    wait_for("the store to recover", || Ok((store_state()? == "ok").then_some(())))?;
    recorder.settle()?;
    recorder.stop()?;
    home.verify()?;
    for balance in balances(&home)? {
        ensure!(balance.is_even(), "does not balance: {balance:?}");
    }
    Ok(())
}

/// Leaves no byte on a disk.
fn fill(disk: &std::path::Path) -> Result<()> {
    let mut filler = File::create(disk.join("filler"))?;
    let page = vec![0u8; 4096];
    while filler.write_all(&page).is_ok() {}
    Ok(())
}

/// Two recorders on one store would number twice.
#[test]
fn second_recorder_is_refused() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("second")?;
    let home = home(&scratch, &[])?;
    let recorder = home.start()?;
    let second = home.run(&["record"])?;
    let why = said(&second);
    ensure!(!second.status.success(), "a second recorder was let in");
    ensure!(why.contains(&recorder.pid().to_string()), "the pid is not named: {why}");
    // Also when it would answer elsewhere.
    let elsewhere = format!("control.socket={}", home.dir().join("other.sock").display());
    let other = home.command(&["record"])?.args(["-w", &elsewhere]).output()?;
    let why = said(&other);
    ensure!(!other.status.success(), "a second recorder was let in by another socket");
    ensure!(why.contains(&recorder.pid().to_string()), "the pid is not named: {why}");
    ensure!(recorder.status().is_ok(), "the first recorder was disturbed");
    recorder.stop()?;
    Ok(())
}

#[test]
fn bad_settings_stop_it_at_the_start() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("settings")?;
    let home = home(&scratch, &["store.max_size_mb=3"])?;
    let output = home.run(&["record"])?;
    let why = said(&output);
    ensure!(output.status.code() == Some(2), "{:?}: {why}", output.status);
    ensure!(why.contains("store.max_size_mb") && why.contains("16"), "no key or range: {why}");
    ensure!(!home.store().exists(), "a store was made all the same");
    Ok(())
}

/// Words that a person without rights can act on.
#[test]
fn no_root_is_said_clearly() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    const NOBODY: u32 = 65534;
    let scratch = Scratch::new("noroot")?;
    let home = home(&scratch, &[])?;
    fs::create_dir_all(home.store())?;
    std::os::unix::fs::chown(home.dir(), Some(NOBODY), Some(NOBODY))?;
    std::os::unix::fs::chown(home.store(), Some(NOBODY), Some(NOBODY))?;
    let mut command = home.command(&["record"])?;
    let mut child =
        command.uid(NOBODY).gid(NOBODY).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let begin = Instant::now();
    while child.try_wait()?.is_none() && begin.elapsed() < patience() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    let output = child.wait_with_output()?;
    let why = said(&output);
    ensure!(output.status.code().is_some_and(|code| code != 0), "it went on: {why}");
    ensure!(!why.contains("panicked"), "{why}");
    let names_it = ["CAP_BPF", "CAP_SYS_ADMIN", "root"].iter().any(|word| why.contains(word));
    ensure!(names_it, "what is missing is not named: {why}");
    Ok(())
}

#[test]
fn store_that_cannot_be_written_is_named() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("readonly")?;
    let home = home(&scratch, &[])?;
    let output = home.command(&["record"])?.args(["-w", "store.path=/proc/nowhere"]).output()?;
    let why = said(&output);
    ensure!(!output.status.success(), "it went on");
    ensure!(why.contains("/proc/nowhere"), "the path is not named: {why}");
    Ok(())
}

/// A reload takes what can be live, says so in the history, and keeps all when a file is wrong.
#[test]
fn reload() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("reload")?;
    let home = home(&scratch, &[])?;
    let recorder = home.start()?;
    let file = home.dir().join("config/50-test.conf");
    fs::write(&file, "hash.max_file_mb = 77\n")?;
    recorder.hang_up()?;
    wait_for("the change in the history", || {
        let changes = home.query("event.action == config_change")?;
        let ours = |e: &e2e::recorded::Event| {
            e.text("tarsier.config.key") == "hash.max_file_mb"
                && e.text("tarsier.config.new") == "77"
        };
        Ok(changes.iter().any(ours).then_some(()))
    })?;
    fs::write(&file, "hash.max_file_mb = many\n")?;
    recorder.hang_up()?;
    wait_for("the refusal in the log", || {
        let log = home.log();
        Ok((log.contains("50-test.conf") && log.contains("hash.max_file_mb")).then_some(()))
    })?;
    fs::write(&file, "hash.max_file_mb = 77\n")?;
    let status = recorder.status()?;
    ensure!(text(&status, "state") == "recording", "it stopped recording: {status}");
    let changes = home.query("event.action == config_change")?;
    ensure!(changes.len() == 1, "{} changes", changes.len());
    recorder.stop()?;
    Ok(())
}
