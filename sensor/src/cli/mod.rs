// SPDX-License-Identifier: Apache-2.0
//! The door: one table of verbs, each with its file, and how every one of them ends.
//!
//! A verb `foo` is `cli/foo.rs` with `pub struct Args` (clap) and
//! `pub fn run(args: Args, console: &Console) -> anyhow::Result<Exit>`, plus one row below.
mod amount;
mod ask;
mod completions;
mod config;
mod console;
mod doctor;
mod failure;
mod fields;
mod history;
mod man;
mod query;
mod record;
mod reload;
mod sources;
mod start;
mod status;
mod stop;
mod tail;
mod timeline;
mod tree;
mod verify;
mod who;

pub use console::Console;
pub use failure::{Exit, Failure, explain, report};

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Declares the verbs; expands to the enum clap reads and to the dispatch.
macro_rules! verbs {
    ($( $(#[doc = $about:literal])+ $name:ident($module:ident), )+) => {
        #[derive(Subcommand)]
        enum Verb { $( $(#[doc = $about])+ $name($module::Args), )+ }
        impl Verb {
            fn run(self, console: &Console) -> Result<Exit> {
                match self { $( Verb::$name(args) => $module::run(args, console), )+ }
            }
        }
    };
}

verbs! {
    /// Run the recorder in the foreground.
    Record(record),
    /// Start the recorder in the background and wait until it records.
    Start(start),
    /// Stop the recorder in order.
    Stop(stop),
    /// Have the running recorder read its settings again.
    Reload(reload),
    /// State, hooks, ledger, store use and own cost.
    Status(status),
    /// Whether the store is whole.
    Verify(verify),
    /// What this host can and cannot record, and what to do about it.
    Doctor(doctor),
    /// Where records can come from, and whether they would here.
    Sources(sources),
    /// Events as they are stored, until interrupted.
    Tail(tail),
    /// Events that match a query, newest first.
    Query(query),
    /// Who touched this path, newest first.
    Who(who),
    /// Ancestry and descendants of a process, with command lines.
    Tree(tree),
    /// All of one process, path or user, oldest first.
    Timeline(timeline),
    /// Show, change and explain settings.
    Config(config),
    /// Fields that events have, by kind.
    Fields(fields),
    /// Print a completion script for a shell.
    Completions(completions),
    /// Print the manual page.
    Man(man),
}

/// A flight recorder for hosts: what happened, who did it, kept for months.
#[derive(Parser)]
#[command(name = "tarsier", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 fine, 1 found or changed, 2 usage or configuration, \
                        3 cannot reach or read.")]
struct Line {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb takes.
#[derive(clap::Args)]
struct Globals {
    /// Use a setting for this run, whatever the files say; may be repeated.
    #[arg(short = 'w', value_name = "KEY=VALUE", global = true)]
    settings: Vec<String>,
    /// Read settings from this directory instead of the three installed ones.
    #[arg(long, value_name = "DIR", global = true)]
    config_dir: Option<PathBuf>,
    /// Print one JSON object a line.
    #[arg(long, global = true)]
    json: bool,
    /// Print times in UTC instead of the local zone.
    #[arg(long, global = true)]
    utc: bool,
    /// Print without colours, as NO_COLOR does.
    #[arg(long, global = true)]
    no_color: bool,
}

/// Runs one command line.
///
/// # Errors
/// Whatever stopped the verb; [`report`] prints it and knows its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Result<Exit> {
    let (args, settings) = console::without_settings(args);
    let line = command().try_get_matches_from(args).and_then(|m| Line::from_arg_matches(&m));
    let line = match line {
        Ok(line) => line,
        Err(why) => return failure::usage(&why),
    };
    let console = Console::new(line.globals, settings);
    line.verb.run(&console)
}

/// The whole command line as clap sees it, for help, completions and the manual page.
fn command() -> clap::Command {
    Line::command()
}
