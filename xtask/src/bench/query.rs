// SPDX-License-Identifier: Apache-2.0
//! How fast another process is answered while it records, on a store of a million events.

use crate::bench::Options;
use crate::bench::figures::Spread;
use crate::bench::subject::{self, tarsier_command};
use crate::shell;
use anyhow::{Context as _, Result, bail};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A question and how long its answer may take.
struct Question {
    words: Vec<String>,
    limit_ms: f64,
}

/// What `--since 1m` reaches back to, and a little more.
const LAST_MINUTE: Duration = Duration::from_secs(62);

/// How often each is asked.
const TIMES: usize = 20;

/// Fills a store, goes on recording, asks.
pub fn run(options: &Options) -> Result<()> {
    let subject = subject::start("tarsier", options)?;
    let work = options.directory("work")?;
    let scenario = shell::target_dir()?.join("release/scenario");
    let events = || -> Result<u64> {
        let status = subject.status(options).context("no status")?;
        Ok(status["store"]["events"].as_u64().unwrap_or(0))
    };
    while events()? < options.events {
        let mut storm = Command::new(&scenario);
        let storm = storm.args(["storm-file", "10000"]).arg(&work).stdout(Stdio::null());
        shell::run(storm)?;
    }
    let asked = work.join("asked");
    std::fs::write(&asked, "x")?;
    std::thread::sleep(Duration::from_secs(1));
    println!("{} events in the store; recording goes on", events()?);
    // The last minute is to be an ordinary one, not the one that filled the store.
    std::thread::sleep(LAST_MINUTE);
    let mut busy: Child = Command::new(&scenario)
        .args(["storm-exec", "100000000", "1"])
        .stdout(Stdio::null())
        .spawn()?;
    std::thread::sleep(Duration::from_secs(2));
    let outcome = ask_all(options, &subject, &asked.display().to_string(), busy.id());
    busy.kill()?;
    busy.wait()?;
    let status = subject.status(options).context("no status")?;
    let classes = status["ledger"].as_array().cloned().unwrap_or_default();
    for class in classes.iter().filter(|class| class["lost"].as_u64() != Some(0)) {
        println!("lost meanwhile: {} {}: {}", class["class"], class["lost"], class["causes"]);
    }
    std::fs::remove_dir_all(&work)?;
    subject.end()?;
    outcome
}

fn ask_all(options: &Options, subject: &subject::Subject, path: &str, pid: u32) -> Result<()> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let own = std::process::id().to_string();
    let recent = format!("process.pid == {own}");
    let questions = [
        Question { words: words(&["query", &recent, "--since", "1m", "--json"]), limit_ms: 50.0 },
        Question {
            words: words(&["query", "", "--since", "1m", "--limit", "100", "--json"]),
            limit_ms: 50.0,
        },
        Question { words: words(&["who", path]), limit_ms: 250.0 },
        Question { words: words(&["tree", &own]), limit_ms: 250.0 },
        Question {
            words: words(&["query", &format!("file.path == \"{path}\""), "--json"]),
            limit_ms: 250.0,
        },
    ];
    println!("(a storm of programs runs as pid {pid} meanwhile)");
    println!("| question | median [10..90 %] ms | limit ms | |");
    println!("|---|---|---|---|");
    let mut slow = 0;
    for question in &questions {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let words: Vec<&str> = question.words.iter().map(String::as_str).collect();
            let mut command = tarsier_command(options, subject.dir(), &words)?;
            let begin = Instant::now();
            let output = command.output()?;
            times.push(begin.elapsed().as_secs_f64() * 1000.0);
            if !matches!(output.status.code(), Some(0 | 1)) {
                bail!("{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        let spread = Spread::of(&times);
        let met = spread.is_some_and(|spread| spread.median <= question.limit_ms);
        slow += usize::from(!met);
        println!(
            "| `{}` | {} | {} | {} |",
            question.words.join(" "),
            Spread::show(spread, 1),
            question.limit_ms,
            if met { "met" } else { "MISSED" }
        );
    }
    if slow > 0 {
        bail!("{slow} questions take too long");
    }
    Ok(())
}
