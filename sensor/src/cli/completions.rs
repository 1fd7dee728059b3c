// SPDX-License-Identifier: Apache-2.0
//! `tarsier completions SHELL`: generated from the command line's own declaration.
use super::{Console, Exit, command};
use anyhow::Result;
use clap_complete::Shell;
use std::io::Write;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// bash, zsh, fish, elvish or powershell.
    shell: Shell,
}

/// Prints the script.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "tarsier", &mut script);
    console.out().write_all(&script)?;
    Ok(Exit::Fine)
}
