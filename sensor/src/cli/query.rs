// SPDX-License-Identifier: Apache-2.0
//! `tarsier query EXPR`: events that match, newest first.
use super::history::{self, Asked, Window};
use super::{Console, Exit, Failure};
use crate::output::show;
use crate::query::{Effort, Expr, Plan, Which, parse};
use anyhow::Result;
use std::io::Write;
use std::time::Instant;

/// Arguments of the verb.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    tarsier query 'file.path ^= \"/etc/\" and event.action in (write, rename)' --since 2h\n  \
    tarsier query 'destination.ip in 10.0.0.0/8 and not user.name = root'\n  \
    tarsier query 'process.command_line ~ \"*curl*\" or process.name = wget'\n\n\
    Comparisons: = != < <= > >=, ^= (begins with), ~ (glob), contains, in (...), exists FIELD;\n\
    joined by and, or, not. A comparison with a field the event does not have is false.\n\
    `tarsier fields` lists the fields. Exit code 1: nothing was found.")]
pub struct Args {
    /// What to look for; everything without one.
    expr: Vec<String>,
    #[command(flatten)]
    window: Window,
    /// Stop after so many events.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Oldest first instead of newest first.
    #[arg(long)]
    oldest_first: bool,
    /// Print how many there are, not the events.
    #[arg(long)]
    count: bool,
    /// Say on standard error how the answer was found.
    #[arg(long)]
    explain: bool,
}

/// Asks and prints.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let began = Instant::now();
    let mut asked = history::open(console)?;
    let window = asked.window(&args.window)?;
    let expr = understand(&args.expr.join(" "), &asked)?;
    let plan = Plan::new(&expr, window.clone());
    let mut out = console.out();
    let effort = if args.count {
        let effort = asked.history.count(&plan, args.limit)?;
        match console.json {
            true => writeln!(out, "{}", serde_json::json!({ "count": effort.found }))?,
            false => writeln!(out, "{}", effort.found)?,
        }
        effort
    } else {
        let order = if args.oldest_first { Which::oldest } else { Which::newest };
        let mut output = asked.output();
        output.begin(&mut out)?;
        let mut show = history::stream(&mut *output, &mut out);
        let effort = asked.history.events(&plan, &order(args.limit), &mut show)?;
        drop(show);
        output.end(&mut out)?;
        effort
    };
    out.flush()?;
    asked.tell_unknown(&plan, &window)?;
    if args.explain {
        explain(&plan, effort, began, &asked)?;
    }
    Ok(if effort.found == 0 { Exit::Found } else { Exit::Fine })
}

/// A query in words, or what is wrong with it.
///
/// # Errors
/// It is wrong.
pub fn understand(query: &str, asked: &Asked) -> Result<Expr> {
    parse(query, &asked.clock).map_err(|why| {
        let text = why.to_string();
        let (what, place) = text.split_once('\n').unwrap_or((&text, ""));
        Failure::usage(what).at(place).into()
    })
}

fn explain(plan: &Plan, effort: Effort, began: Instant, asked: &Asked) -> Result<()> {
    let mut err = std::io::stderr().lock();
    for line in plan.explain(&|ns| show::time(ns, &asked.clock.zone)) {
        writeln!(err, "{line}")?;
    }
    let Effort { found, rows, blocks_read, blocks_skipped } = effort;
    let took = began.elapsed().as_secs_f64() * 1e3;
    writeln!(err, "blocks:   {blocks_read} read, {blocks_skipped} skipped")?;
    writeln!(err, "rows:     {rows} looked at, {found} matched")?;
    Ok(writeln!(err, "time:     {took:.1} ms")?)
}
