// SPDX-License-Identifier: Apache-2.0
//! `tarsier timeline`: all of one process, path or user, oldest first.
use super::history::{self, Asked, Window};
use super::{Console, Exit, Failure, query, tree};
use crate::query::lineage::about_process;
use crate::query::path::Subject;
use crate::query::{Expr, Plan, Which};
use anyhow::Result;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: About,
    #[command(flatten)]
    window: Window,
    /// Stop after so many events.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct About {
    /// A process: its id, or as outputs write it (4711-2n9c4a).
    #[arg(long, value_name = "PID|KEY")]
    process: Option<String>,
    /// A path, or the file it names.
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// A user by name or number: real, effective or the one that logged in.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// Asks and prints.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let mut asked = history::open(console)?;
    let window = asked.window(&args.window)?;
    let Some(expr) = about(&args.subject, &mut asked)? else {
        let mut err = std::io::stderr().lock();
        writeln!(err, "no such process is in the history")?;
        return Ok(Exit::Found);
    };
    let plan = Plan::new(&expr, window.clone());
    let mut out = console.out();
    let mut output = asked.output();
    output.begin(&mut out)?;
    let mut show = history::stream(&mut *output, &mut out);
    let effort = asked.history.events(&plan, &Which::oldest(args.limit), &mut show)?;
    drop(show);
    output.end(&mut out)?;
    out.flush()?;
    asked.tell_unknown(&plan, &window)?;
    Ok(if effort.found == 0 { Exit::Found } else { Exit::Fine })
}

fn about(about: &About, asked: &mut Asked) -> Result<Option<Expr>> {
    if let Some(process) = &about.process {
        return Ok(tree::find(asked, process, None)?.map(about_process));
    }
    if let Some(path) = &about.path {
        let subject = Subject::of(path)?;
        let mut any = vec![subject.by_path(false)];
        any.extend(subject.by_file());
        return Ok(Some(Expr::Or(any)));
    }
    let user = about.user.as_deref().unwrap_or_default();
    if user.is_empty() || user.contains(['"', '\\', '\'']) {
        return Err(Failure::usage("a user is a name or a number").into());
    }
    let words = match user.parse::<u32>() {
        Ok(id) => format!("user.id = {id} or user.effective.id = {id} or tarsier.login.id = {id}"),
        Err(_) => format!("user.name = '{user}' or user.effective.name = '{user}'"),
    };
    Ok(Some(query::understand(&words, asked)?))
}
