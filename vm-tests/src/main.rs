// SPDX-License-Identifier: Apache-2.0
//! Boots stock kernels in an emulator and runs the end-to-end tests inside: `cargo vm`.
//!
//! The machine that builds this may refuse hooks that every distribution has; here they are met.
//! What runs in the guest is the same program as on the host, so a difference is the kernel's.

mod apt;
mod cpio;
mod disk;
mod guest;
mod hooks;
mod kernel;
mod module;
mod programs;
mod qemu;
mod report;
mod run;
mod suite;
mod verdict;
mod words;

use anyhow::Result;
use std::process::ExitCode;
use words::{Verb, Words};

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("vm: {why:#}");
            ExitCode::from(2)
        }
    }
}

/// Does what the command line says; whether all went well.
fn work() -> Result<bool> {
    let words = Words::parse(std::env::args().skip(1))?;
    match words.verb {
        Verb::Help => {
            println!("{}", words::USAGE);
            return Ok(true);
        }
        Verb::Kernels => {
            for kernel in &words.kernels {
                println!("{:<6} {}", kernel.name, kernel.get(words.fresh)?.release);
            }
            return Ok(true);
        }
        _ => qemu::check_installed()?,
    }
    match words.verb {
        Verb::Hooks => hooks::check(&words.kernels, words.fresh),
        Verb::Run => run::run(&words),
        _ => suite::run(&words),
    }
}
