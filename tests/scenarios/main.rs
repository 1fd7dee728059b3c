// SPDX-License-Identifier: Apache-2.0
//! `scenario NAME DIR`: does exactly one thing in DIR and says what is true, as JSON.
//!
//! `scenario --setup NAME DIR` makes what the thing needs; `scenario --list` names them all;
//! `scenario noop …` leaves at once, whatever follows. `scenario storm-… ` are the workloads.

mod accept;
mod bpf_load;
mod close;
mod connect;
mod dns_query;
mod dns_response;
mod exec;
mod exit;
mod file_attribute;
mod file_create;
mod file_delete;
mod file_link;
mod file_mkdir;
mod file_mode;
mod file_owner;
mod file_rename;
mod file_rmdir;
mod file_symlink;
mod file_truncate;
mod file_write;
mod flow;
mod fork;
mod io_uring;
mod kill;
mod library_load;
mod listen;
mod module_load;
mod module_unload;
mod mount;
mod namespace;
mod place;
mod privilege;
mod process_write;
mod ptrace;
mod quiet;
mod raw;
mod storm;
mod truth;
mod unmount;

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;
use truth::{Ground, Scenario};

/// Every file's scenarios.
const ALL: &[&[Scenario]] = &[
    accept::SCENARIOS,
    bpf_load::SCENARIOS,
    close::SCENARIOS,
    connect::SCENARIOS,
    dns_query::SCENARIOS,
    dns_response::SCENARIOS,
    exec::SCENARIOS,
    exit::SCENARIOS,
    file_attribute::SCENARIOS,
    file_create::SCENARIOS,
    file_delete::SCENARIOS,
    file_link::SCENARIOS,
    file_mkdir::SCENARIOS,
    file_mode::SCENARIOS,
    file_owner::SCENARIOS,
    file_rename::SCENARIOS,
    file_rmdir::SCENARIOS,
    file_symlink::SCENARIOS,
    file_truncate::SCENARIOS,
    file_write::SCENARIOS,
    flow::SCENARIOS,
    fork::SCENARIOS,
    io_uring::SCENARIOS,
    kill::SCENARIOS,
    library_load::SCENARIOS,
    listen::SCENARIOS,
    module_load::SCENARIOS,
    module_unload::SCENARIOS,
    mount::SCENARIOS,
    namespace::SCENARIOS,
    place::SCENARIOS,
    privilege::SCENARIOS,
    process_write::SCENARIOS,
    ptrace::SCENARIOS,
    quiet::SCENARIOS,
    unmount::SCENARIOS,
];

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let first = words.first().map(|word| word.to_string_lossy().into_owned());
    let outcome = match (first.as_deref(), &words[1.min(words.len())..]) {
        (Some("noop"), _) => return ExitCode::SUCCESS,
        (Some("--list"), _) => {
            ALL.iter().copied().flatten().for_each(|scenario| println!("{}", scenario.name));
            return ExitCode::SUCCESS;
        }
        (Some("--setup"), [name, dir]) => setup(&name.to_string_lossy(), dir.into()),
        (Some(name), rest) if name.starts_with("storm-") => storm::run(name, rest),
        (Some(name), [dir]) => act(name, dir.into()),
        _ => Err(anyhow::anyhow!("usage: scenario [--setup] NAME DIR | --list | storm-…")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("scenario {}: {why:#}", first.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn find(name: &str) -> Result<&'static Scenario> {
    match ALL.iter().copied().flatten().find(|scenario| scenario.name == name) {
        Some(scenario) => Ok(scenario),
        None => bail!("no such scenario"),
    }
}

fn ground(dir: PathBuf) -> Result<Ground> {
    Ok(Ground { dir: dir.canonicalize().with_context(|| format!("{}", dir.display()))? })
}

fn setup(name: &str, dir: PathBuf) -> Result<()> {
    (find(name)?.setup)(&ground(dir)?)
}

fn act(name: &str, dir: PathBuf) -> Result<()> {
    let truth = (find(name)?.act)(&ground(dir)?)?;
    println!("{}", truth.into_json());
    Ok(())
}
