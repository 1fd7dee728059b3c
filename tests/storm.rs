// SPDX-License-Identifier: Apache-2.0
//! Many of everything: stored plus lost is the truth exactly, and nothing is lost.
//!
//! Small by default; `TARSIER_FULL=1` is the size the project is measured by.

use anyhow::{Context as _, Result, ensure};
use e2e::place::{self, Scratch};
use e2e::recorder::{Balance, Home, Recorder, balances};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by the test that records.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn turn() -> Option<MutexGuard<'static, ()>> {
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if place::is_root() {
        return Some(turn);
    }
    println!("skip: recording needs root");
    None
}

/// The size of a storm: full, short, and in an emulated machine.
fn size(full: u64, short: u64) -> u64 {
    match (place::emulated(), place::full_size()) {
        (true, _) => short / 10,
        (false, true) => full,
        (false, false) => short,
    }
}

/// Runs a storm under a recorder of its own; its truth, and the home with its history.
fn storm(scratch: &Scratch, words: &[&str]) -> Result<(Value, Home)> {
    let dir = scratch.path().join("home");
    fs::create_dir_all(&dir)?;
    let home = Home::new(&dir, &[]);
    let recorder: Recorder = home.start()?;
    let output = Command::new(place::scenario()?)
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the storm failed: {}", output.status);
    let truth: Value = serde_json::from_slice(&output.stdout).context("the truth is no JSON")?;
    recorder.settle()?;
    recorder.stop()?;
    home.verify()?;
    Ok((truth, home))
}

fn number(truth: &Value, name: &str) -> Result<u64> {
    truth.get(name).and_then(Value::as_u64).with_context(|| format!("no {name} in {truth}"))
}

/// Every class balances; says how many of one class were lost.
fn lost(home: &Home, class: &str) -> Result<u64> {
    let all = balances(home)?;
    for balance in &all {
        ensure!(balance.is_even(), "does not balance: {balance:?}");
    }
    let own: Option<&Balance> = all.iter().find(|balance| balance.class == class);
    Ok(own.context("the class has no ledger")?.lost)
}

/// Stored plus lost is the truth, and nothing is lost.
fn exact(home: &Home, class: &str, rows: &[(&str, String, u64)]) -> Result<()> {
    let lost = lost(home, class)?;
    for (action, condition, truth) in rows {
        let stored = home.count(&format!("event.action == {action} and {condition}"))?;
        println!("{action}: {stored} stored, {truth} done");
        ensure!(stored == *truth || lost > 0, "{action}: {stored} stored of {truth}, none lost");
        ensure!(stored <= *truth, "{action}: {stored} stored of {truth}");
    }
    println!("{class}: {lost} lost");
    ensure!(lost == 0, "{lost} of class {class} were lost");
    Ok(())
}

#[test]
fn programs_from_two_threads() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("storm-exec")?;
    let count = size(20_000, 2_000).to_string();
    let (truth, home) = storm(&scratch, &["storm-exec", &count, "2"])?;
    let done = number(&truth, "exec")?;
    let program = place::scenario()?.canonicalize()?.display().to_string();
    let ours = format!("process.command_line == \"{program} noop --storm\"");
    exact(&home, "process", &[("exec", ours.clone(), done), ("exit", ours, done)])?;
    let child = format!("process.command_line ^= \"{program} storm-exec\"");
    exact(&home, "process", &[("fork", child, done)])
}

#[test]
fn files() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("storm-file")?;
    let work = scratch.path().join("work");
    fs::create_dir_all(&work)?;
    let count = size(50_000, 5_000).to_string();
    let dir = work.display().to_string();
    let (truth, home) = storm(&scratch, &["storm-file", &count, &dir])?;
    let done = number(&truth, "file")?;
    let ours = format!("file.path ^= \"{dir}/\"");
    let kinds = ["file_create", "file_write", "file_rename", "file_mode", "file_delete"];
    exact(&home, "file", &kinds.map(|kind| (kind, ours.clone(), done)))
}

#[test]
fn connections() -> Result<()> {
    let Some(_turn) = turn() else { return Ok(()) };
    let scratch = Scratch::new("storm-tcp")?;
    let count = size(50_000, 5_000).to_string();
    let (truth, home) = storm(&scratch, &["storm-tcp", &count])?;
    let (done, port) = (number(&truth, "tcp")?, number(&truth, "port")?);
    let ours = format!("destination.port == {port}");
    let rows = [
        ("connect", ours.clone(), done),
        ("accept", ours.clone(), done),
        ("close", ours, 2 * done),
    ];
    exact(&home, "network", &rows)
}
