// SPDX-License-Identifier: Apache-2.0
//! `tarsier`: arguments in, exit code out.
use sensor::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(std::env::args_os()) {
        Ok(exit) => exit.into(),
        Err(why) => cli::report(&why).into(),
    }
}
