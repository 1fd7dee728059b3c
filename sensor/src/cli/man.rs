// SPDX-License-Identifier: Apache-2.0
//! `tarsier man`: the manual page, from the command line's own declaration and the settings.
use super::{Console, Exit, command};
use crate::config::KEYS;
use anyhow::Result;
use clap_mangen::roff::{Roff, bold, roman};
use std::io::Write;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// The page of one verb instead of the whole.
    verb: Option<String>,
}

/// Prints the page.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut out = console.out();
    let whole = command();
    let Some(verb) = args.verb else {
        clap_mangen::Man::new(whole).render(&mut out)?;
        settings_section().to_writer(&mut out)?;
        out.flush()?;
        return Ok(Exit::Fine);
    };
    let Some(command) = whole.find_subcommand(&verb) else {
        return Err(super::Failure::usage(format!("`{verb}` is not a verb")).into());
    };
    let page = command.clone().display_name(format!("tarsier-{verb}"));
    clap_mangen::Man::new(page).render(&mut out)?;
    out.flush()?;
    Ok(Exit::Fine)
}

/// Every setting: name, default, meaning.
fn settings_section() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SETTINGS"]);
    for key in KEYS {
        roff.control("TP", []);
        roff.text([bold(key.name), roman(format!(" = {} {}", key.default_value(), key.unit))]);
        roff.text([roman(key.about())]);
    }
    roff
}
