// SPDX-License-Identifier: Apache-2.0
//! `tarsier status`: state, hooks and why one is degraded, ledger, store, own cost.
use super::amount::{bytes, count, span};
use super::{Console, Exit, Failure, ask};
use crate::config::Settings;
use crate::daemon::protocol::{Account, Coverage, Probe, Reply, Request, Status, StoreUse};
use crate::output::show;
use crate::store::{Reader, StoreError};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::SystemTime;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {}

/// Prints the status; exits 1 when nothing records.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let Some(Reply::Status(status)) = ask::recorder(&settings, Request::Status)? else {
        return stopped(&settings, console);
    };
    let mut out = console.out();
    if console.json {
        let mut object = json!(status);
        object["running"] = Value::Bool(true);
        writeln!(out, "{object}")?;
    } else {
        recorder(&mut out, &status)?;
        store(&mut out, &status.store, console)?;
        ledger(&mut out, &status.ledger)?;
        events(&mut out, &status.events)?;
        probes(&mut out, &status.probing.probes)?;
    }
    out.flush()?;
    Ok(if status.state == "recording" { Exit::Fine } else { Exit::Found })
}

/// No recorder runs: what the store itself says.
fn stopped(settings: &Settings, console: &Console) -> Result<Exit> {
    let path = &settings.config.store.path;
    let found = match Reader::open(path).and_then(|mut reader| reader.overview()) {
        Ok(overview) => Some(overview),
        Err(StoreError::NoStore { .. }) if !is_closed(path) => None,
        Err(why) => {
            return Err(Failure::unreachable(
                "no recorder is running and its store is closed to us",
            )
            .at(settings.describe("store.path"))
            .at(why.to_string())
            .into());
        }
    };
    let limit_bytes = settings.config.store.max_size_mb << 20;
    let none = StoreUse { path: path.clone(), limit_bytes, ..StoreUse::default() };
    let used = match found {
        None => StoreUse { state: "none yet".to_owned(), ..none },
        Some(of) => StoreUse {
            state: "at rest".to_owned(),
            events: of.events,
            disk_bytes: of.disk_bytes,
            bytes_per_event: (of.bytes_per_event > 0.0).then_some(of.bytes_per_event),
            oldest_ns: of.oldest_time_ns,
            newest_ns: of.newest_time_ns,
            pruned_events: of.pruned.map_or(0, |pruned| pruned.events),
            ..none
        },
    };
    let mut out = console.out();
    if console.json {
        let row = json!({"running": false, "state": "not recording", "store": used});
        writeln!(out, "{row}")?;
    } else {
        writeln!(out, "not recording; `tarsier start` begins")?;
        store(&mut out, &used, console)?;
    }
    out.flush()?;
    Ok(Exit::Found)
}

/// Whether the directory is there but may not be looked into.
fn is_closed(path: &Path) -> bool {
    std::fs::read_dir(path).is_err_and(|why| why.kind() == ErrorKind::PermissionDenied)
}

fn recorder(out: &mut impl Write, status: &Status) -> Result<()> {
    let Status { state, pid, version, kernel, own, .. } = status;
    let up = span(status.uptime_s);
    writeln!(out, "{state}, pid {pid}, for {up}; tarsier {version} on Linux {kernel}")?;
    writeln!(
        out,
        "own      cpu {:.2} s ({:.2} % of one), memory {}, {} threads",
        own.cpu_s,
        own.cpu_percent,
        bytes(own.memory_bytes),
        own.threads
    )?;
    let probing = &status.probing;
    let whole = bytes(own.memory_bytes + probing.ring_bytes);
    writeln!(out, "ring     {}; with own memory {whole}", bytes(probing.ring_bytes))?;
    let tables = probing.tables;
    writeln!(
        out,
        "tables   {} processes; {} files hashed, {} not",
        count(tables.processes),
        count(tables.hashed),
        count(tables.hash_skipped)
    )?;
    Ok(())
}

fn store(out: &mut impl Write, store: &StoreUse, console: &Console) -> Result<()> {
    let limit = match store.limit_bytes {
        0 => "no limit".to_owned(),
        limit => format!("of {}", bytes(limit)),
    };
    writeln!(
        out,
        "store    {}: {}, {} events, {} {limit}",
        store.path.display(),
        store.state,
        count(store.events),
        bytes(store.disk_bytes)
    )?;
    if let Some(size) = store.bytes_per_event {
        writeln!(out, "         {size:.2} bytes an event, sealed")?;
    }
    if let Some(oldest) = store.oldest_ns {
        let since = show::time(oldest, &console.zone());
        writeln!(out, "         since {since}, {} ago", ago(oldest))?;
    }
    if let Some(durable) = store.durable_sequence {
        let waiting = bytes(store.pending_bytes);
        writeln!(out, "         durable to event {}; {waiting} waiting", count(durable))?;
    }
    if store.pruned_events > 0 {
        writeln!(out, "         {} older events given up", count(store.pruned_events))?;
    }
    Ok(())
}

fn ledger(out: &mut impl Write, ledger: &[Account]) -> Result<()> {
    let heads = ["seen", "stored", "filtered", "shed", "lost", "pending"];
    write!(out, "{:<9}", "ledger")?;
    for head in heads {
        write!(out, "{head:>13}")?;
    }
    writeln!(out)?;
    for row in ledger {
        let numbers = [row.seen, row.stored, row.filtered, row.shed, row.lost];
        write!(out, "  {:<9}", row.class)?;
        for (at, number) in numbers.into_iter().enumerate() {
            let width = if at == 0 { 11 } else { 13 };
            write!(out, "{:>width$}", count(number))?;
        }
        writeln!(out, "{:>13}{}", row.pending, causes(&row.causes))?;
    }
    Ok(())
}

fn causes(causes: &[(String, u64)]) -> String {
    causes.iter().map(|(cause, n)| format!("  {cause} {}", count(*n))).collect()
}

/// How each kind of event is seen, one line each; `tarsier doctor` has the whole.
fn events(out: &mut impl Write, events: &[Coverage]) -> Result<()> {
    if !events.is_empty() {
        writeln!(out, "events")?;
    }
    for row in events {
        let seen = match row.why.first() {
            Some(why) if row.hooks.is_empty() => cut(why),
            _ => cut(&row.hooks.join(", ")),
        };
        writeln!(out, "  {:<15} {:<9} {:<11} {seen}", row.event, row.state, row.tier)?;
        if let (Some(why), false) = (row.why.first(), row.hooks.is_empty()) {
            let more = match row.why.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            writeln!(out, "  {:<15} {}{more}", "", cut(why))?;
        }
    }
    Ok(())
}

/// What fits beside the other columns of a wide terminal.
fn cut(text: &str) -> String {
    const COLUMNS: usize = 78;
    match text.char_indices().nth(COLUMNS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What the probes cost in the kernel, where it counts that.
fn probes(out: &mut impl Write, probes: &[Probe]) -> Result<()> {
    let counted = probes.iter().filter(|probe| probe.runs > 0);
    for (at, probe) in counted.enumerate() {
        if at == 0 {
            writeln!(out, "probes {:<20} {:>14} {:>12}", "", "runs", "ns a run")?;
        }
        let each = probe.time_ns / probe.runs;
        writeln!(out, "  {:<25} {:>14} {each:>12}", probe.program, count(probe.runs))?;
    }
    Ok(())
}

/// How long ago a wall-clock time was.
pub fn ago(time_ns: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    span(now.as_secs().saturating_sub(time_ns / 1_000_000_000))
}
