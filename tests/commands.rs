// SPDX-License-Identifier: Apache-2.0
//! The questions people come with, answered while it records and after it has stopped.

use anyhow::{Context as _, Result, ensure};
use common::event::Kind;
use e2e::place::{self, Scratch};
use e2e::recorder::Home;
use e2e::scenario::{self, Outcome};
use serde_json::Value;
use std::fs;

/// What both times must be answered.
fn answers(home: &Home, path: &str, pid: u32) -> Result<()> {
    let pid = pid.to_string();
    let who = home.read(&["who", path])?;
    ensure!(who.contains(&pid) && who.contains("scenario"), "who: {who}");
    let who = home.read(&["who", path, "--json"])?;
    let first: Value = serde_json::from_str(who.lines().next().unwrap_or_default())?;
    ensure!(first.is_object(), "who --json: {who}");
    let tree = home.read(&["tree", &pid])?;
    ensure!(tree.contains(&pid) && tree.contains("file_write.create"), "tree: {tree}");
    let line = home.read(&["timeline", "--path", path])?;
    ensure!(line.contains("file_create") || line.contains("create"), "timeline: {line}");
    let found = home.query(&format!("file.path == \"{path}\" and process.pid == {pid}"))?;
    ensure!(found.len() == 2, "query: {} events", found.len());
    let short = home.query(&format!("file.path == \"{path}\" and event.action == write"))?;
    ensure!(short.len() == 1, "the short word of an action: {} events", short.len());
    let nothing = home.query("file.path == \"/no/such/path\"")?;
    ensure!(nothing.is_empty(), "a path that is not: {} events", nothing.len());
    Ok(())
}

#[test]
fn questions() -> Result<()> {
    if !place::is_root() {
        println!("skip: recording needs root");
        return Ok(());
    }
    let scratch = Scratch::new("commands")?;
    let dir = scratch.path().join("home");
    fs::create_dir_all(&dir)?;
    let home = Home::new(&dir, &[]);
    let recorder = home.start()?;
    let outcome = scenario::run("file_write.create", &scratch.path().join("cases"));
    let Outcome::Done(deed) = outcome else { anyhow::bail!("{outcome:?}") };
    recorder.settle()?;
    let path = deed.truth.get("path").and_then(Value::as_str).context("no path")?;
    answers(&home, path, deed.pid)?;
    let status = recorder.status()?;
    ensure!(status.get("pid").and_then(Value::as_u64) == Some(recorder.pid().into()), "{status}");
    let bad = home.run(&["query", "file.path = = 3"])?;
    let why = String::from_utf8_lossy(&bad.stderr).into_owned();
    ensure!(bad.status.code() == Some(2) && why.contains('^'), "no column is pointed at: {why}");
    recorder.stop()?;
    answers(&home, path, deed.pid)?;
    home.verify()?;
    let status = home.run(&["status", "--json"])?;
    ensure!(!status.status.success(), "status of a stopped recorder: {}", status.status);
    Ok(())
}

/// Who was there before the recorder is in the history: this very program, for one.
#[test]
fn what_ran_before_is_known() -> Result<()> {
    if !place::is_root() {
        println!("skip: recording needs root");
        return Ok(());
    }
    let scratch = Scratch::new("running")?;
    let home = Home::new(scratch.path(), &[]);
    let recorder = home.start()?;
    recorder.settle()?;
    recorder.stop()?;
    let own = std::process::id();
    let found = home.query(&format!("event.action == running and process.pid == {own}"))?;
    ensure!(found.len() == 1, "{} events of this program", found.len());
    let program = std::env::current_exe()?;
    let seen = found[0].text("process.executable");
    ensure!(program.to_str() == Some(seen), "not this program: {seen}");
    let tree = home.read(&["tree", &own.to_string()])?;
    ensure!(tree.contains(&own.to_string()), "tree: {tree}");
    Ok(())
}

/// Says for every kind of event that a host can bring forth which hooks see it.
#[test]
fn doctor_knows_every_event() -> Result<()> {
    if !place::is_root() {
        println!("skip: hooks can only be tried by root");
        return Ok(());
    }
    let scratch = Scratch::new("doctor")?;
    let home = Home::new(scratch.path(), &[]);
    let output = home.run(&["doctor", "--json"])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for kind in Kind::ALL.iter().filter(|kind| !kind.wires().is_empty()) {
        let row = format!("\"event\":\"{}\"", kind.name());
        let line = said.lines().find(|line| line.contains(&row));
        let line = line.with_context(|| format!("doctor says nothing of {}", kind.name()))?;
        let row: Value = serde_json::from_str(line)?;
        let hooks = row["event"]["hooks"].as_array().context("no hooks")?;
        let why = row["event"]["why"].as_array().context("no reasons")?;
        ensure!(!hooks.is_empty() || !why.is_empty(), "neither hook nor reason: {line}");
    }
    let fields = home.read(&["fields", "connect"])?;
    ensure!(fields.contains("destination.ip"), "fields: {fields}");
    let sources = home.read(&["sources"])?;
    ensure!(sources.contains("ebpf"), "sources: {sources}");
    Ok(())
}
