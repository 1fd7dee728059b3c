// SPDX-License-Identifier: Apache-2.0
//! `cargo vm run`: one command in a guest, its output shown as it comes.

use crate::guest::{Guest, Line};
use crate::qemu::End;
use crate::words::Words;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs the command on each kernel; whether it ended with 0 on all.
pub fn run(words: &Words) -> Result<bool> {
    let mut good = true;
    for kernel in &words.kernels {
        let mut guest = Guest::new(kernel, words.fresh)?;
        println!("== kernel {}: {}", kernel.name, guest.release);
        if !words.bare {
            guest.add_tarsier()?;
        }
        for file in &words.with {
            let name = file.file_name().context("--with needs a file")?;
            guest.disk.put_program(file, &Path::new("/work").join(name))?;
        }
        let command = place(&guest, &words.command)?;
        let limit = words.limit.saturating_sub(Duration::from_secs(20));
        guest.step("run", limit, &command);
        let mut end_of_command = String::from("the guest died");
        let (end, last_words) = guest.run(words.limit, &mut |line| match line {
            Line::Text(text) => println!("{text}"),
            Line::End(end) => end_of_command = end.to_owned(),
            _ => {}
        })?;
        println!("== kernel {}: {end_of_command}", kernel.name);
        if end != End::Done {
            println!("{last_words}");
        }
        good &= end == End::Done && end_of_command.ends_with("code 0");
    }
    Ok(good)
}

/// The command as the guest finds it: a program that is a file here is put into /work; other
/// names are looked for in the guest.
fn place(guest: &Guest, command: &[String]) -> Result<Vec<String>> {
    let mut command = command.to_vec();
    let file = PathBuf::from(&command[0]);
    let elsewhere = ["/bin", "/sbin", "/usr"].iter().any(|dir| file.starts_with(dir));
    if command[0].contains('/') && file.is_file() && !elsewhere {
        let name = file.file_name().context("the command is no file")?;
        let inside = Path::new("/work").join(name);
        guest.disk.put_program(&file, &inside)?;
        command[0] = inside.display().to_string();
    }
    Ok(command)
}
