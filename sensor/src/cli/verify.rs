// SPDX-License-Identifier: Apache-2.0
//! `tarsier verify`: whether the store is whole, block by block.
use super::amount::count;
use super::{Console, Exit, Failure};
use crate::store;
use anyhow::Result;
use serde_json::json;
use std::io::Write;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {}

/// Reads everything; exits 1 when something is wrong.
pub fn run(_args: Args, console: &Console) -> Result<Exit> {
    let settings = console.settings()?;
    let path = &settings.config.store.path;
    let report = store::verify(path).map_err(|why| {
        Failure::unreachable("cannot read the store")
            .at(settings.describe("store.path"))
            .at(why.to_string())
    })?;
    let mut out = console.out();
    for problem in &report.problems {
        match console.json {
            true => writeln!(out, "{}", json!({"place": problem.place, "what": problem.what}))?,
            false => writeln!(out, "{}: {}", problem.place, problem.what)?,
        }
    }
    if console.json {
        let row = json!({"ok": report.ok(), "blocks": report.blocks, "events": report.events,
                         "journal_rows": report.journal_rows,
                         "problems": report.problems.len()});
        writeln!(out, "{row}")?;
    } else {
        let verdict = if report.ok() { "whole" } else { "damaged" };
        writeln!(
            out,
            "{}: {verdict}; {} events in {} blocks, {} in the journal",
            path.display(),
            count(report.events),
            count(report.blocks),
            count(report.journal_rows)
        )?;
    }
    out.flush()?;
    Ok(if report.ok() { Exit::Fine } else { Exit::Found })
}
