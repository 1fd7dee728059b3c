// SPDX-License-Identifier: Apache-2.0
//! `tarsier status`: state, hooks and why one is degraded, ledger, store, own cost.
use super::amount::{bytes, count, span};
use super::{Console, Exit, ask};
use crate::daemon::protocol::{Account, Hook, Reply, Request, Status, StoreUse};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;
use std::time::SystemTime;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {}

/// Prints the status; exits 1 when nothing records.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let mut out = console.out();
    let Some(Reply::Status(status)) = ask::recorder(&settings, Request::Status)? else {
        return Ok(Exit::Found);
    };
    if console.json {
        let mut object = json!(status);
        object["running"] = Value::Bool(true);
        writeln!(out, "{object}")?;
    } else {
        recorder(&mut out, &status)?;
        store(&mut out, &status.store)?;
        ledger(&mut out, &status.ledger)?;
        hooks(&mut out, &status.hooks)?;
    }
    out.flush()?;
    Ok(if status.state == "recording" { Exit::Fine } else { Exit::Found })
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
    if let Some(ring) = status.ring {
        let (size, used, peak) =
            (bytes(ring.bytes), bytes(ring.used_bytes), bytes(ring.peak_bytes));
        writeln!(out, "ring     {size}, {used} waiting, {peak} at most")?;
    }
    Ok(())
}

fn store(out: &mut impl Write, store: &StoreUse) -> Result<()> {
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
        let durable = store.durable_sequence.map_or("none".to_owned(), count);
        writeln!(out, "         reaches back {}; durable up to event {durable}", ago(oldest))?;
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

/// What is attached to what, one line a record.
pub fn hooks(out: &mut impl Write, hooks: &[Hook]) -> Result<()> {
    if !hooks.is_empty() {
        writeln!(out, "hooks")?;
    }
    for hook in hooks {
        let why = if hook.why.is_empty() { String::new() } else { format!("  ({})", hook.why) };
        let target = if hook.attached { hook.hook.as_str() } else { "not attached" };
        writeln!(out, "  {:<14} {:<11} {target}{why}", hook.record, hook.tier)?;
    }
    Ok(())
}

/// How long ago a wall-clock time was.
pub fn ago(time_ns: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    span(now.as_secs().saturating_sub(time_ns / 1_000_000_000))
}
