// SPDX-License-Identifier: Apache-2.0
//! What recording costs this host: time of the workload, time and memory of the recorder.

use crate::bench::figures::Spread;
use crate::bench::subject::{self, Subject};
use crate::bench::{Options, process};
use crate::shell;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

/// A workload: its name, the words of `scenario`, operations at full size, what one is called.
struct Workload {
    name: &'static str,
    words: &'static [&'static str],
    count: f64,
    unit: &'static str,
}

const WORKLOADS: &[Workload] = &[
    Workload {
        name: "exec1",
        words: &["storm-exec", "N", "1", "/bin/true"],
        count: 8e3,
        unit: "exec",
    },
    Workload {
        name: "exec2",
        words: &["storm-exec", "N", "2", "/bin/true"],
        count: 8e3,
        unit: "exec",
    },
    Workload { name: "file", words: &["storm-file", "N", "DIR"], count: 2e4, unit: "file" },
    Workload { name: "tcp", words: &["storm-tcp", "N"], count: 2e4, unit: "tcp" },
    Workload { name: "read", words: &["storm-read", "/usr/share"], count: 1.0, unit: "read" },
];

/// One run of one workload under one subject.
struct Run {
    subject: String,
    workload: &'static str,
    operations: f64,
    wall: f64,
    /// Of the subject's own threads.
    cpu: f64,
    /// Of its probes, when measured.
    probes: Option<f64>,
    memory_mb: f64,
}

/// Runs and prints.
pub fn run(options: &Options) -> Result<()> {
    let mut runs: Vec<Run> = Vec::new();
    let stats_before = process::measure_probes(false);
    let mut bytes = None;
    for pair in 0..options.pairs {
        for name in &options.subjects {
            segment("base", options, false, &mut runs)?;
            let status = segment(name, options, false, &mut runs)?;
            bytes = status.as_ref().and_then(bytes_per_event).or(bytes);
        }
        eprintln!("pair {} of {}", pair + 1, options.pairs);
    }
    segment("base", options, false, &mut runs)?;
    process::measure_probes(true);
    for _ in 0..2 {
        segment("tarsier", options, true, &mut runs)?;
    }
    process::measure_probes(stats_before);
    std::fs::remove_dir_all(options.directory("work")?)?;
    table(options, &runs);
    if let Some(bytes) = bytes {
        println!("\nbytes per event on these storms: {bytes:.1}");
    }
    idle(options)
}

/// Every workload once under a subject; the subject's last words about itself.
fn segment(
    name: &str,
    options: &Options,
    measured: bool,
    runs: &mut Vec<Run>,
) -> Result<Option<Value>> {
    let subject = subject::start(name, options)?;
    std::thread::sleep(Duration::from_millis(500));
    warm(options)?;
    for workload in WORKLOADS.iter().filter(|w| options.workloads.iter().any(|n| n == w.name)) {
        let mut run = once(workload, &subject, options)?;
        if measured {
            run.subject = "tarsier+stats".to_owned();
        } else {
            run.probes = None;
        }
        eprintln!(
            "{:14} {:6} wall {:.3} s, subject {:.3} s",
            run.subject, run.workload, run.wall, run.cpu
        );
        runs.push(run);
    }
    let status = subject.status(options);
    subject.end()?;
    Ok(status)
}

/// The first programs pay for what the recorder learns about them once: that is not the storm.
fn warm(options: &Options) -> Result<()> {
    let program = shell::target_dir()?.join("release/scenario");
    let words = ["storm-exec", "100", "1", "/bin/true"];
    shell::run(options.command(&program).args(words).stdout(Stdio::null()))
}

fn once(workload: &'static Workload, subject: &Subject, options: &Options) -> Result<Run> {
    let dir = options.directory("work")?;
    let count = (workload.count * options.scale).max(1.0).round();
    let words = workload.words.iter().map(|word| match *word {
        "N" => format!("{count}"),
        "DIR" => dir.display().to_string(),
        word => word.to_owned(),
    });
    subject.drain();
    let pid = subject.pid();
    let (cpu, probes) = (subject.cpu_s(), pid.map(process::probes));
    let program = shell::target_dir()?.join("release/scenario");
    let output = options.command(&program).args(words).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{}: {}", workload.name, output.status);
    }
    subject.drain();
    let truth: Value = serde_json::from_slice(&output.stdout)?;
    let operations = truth.get(workload.unit).and_then(Value::as_f64).context("a count")?;
    let wall = truth.get("wall").and_then(Value::as_f64).context("wall time")?;
    let ran = |before: (u64, f64), pid| process::probes(pid).1 - before.1;
    Ok(Run {
        subject: subject.name.clone(),
        workload: workload.name,
        operations,
        wall,
        cpu: subject.cpu_s() - cpu,
        probes: probes.zip(pid).map(|(before, pid)| ran(before, pid)),
        memory_mb: pid.map_or(0.0, process::anonymous_mb),
    })
}

fn bytes_per_event(status: &Value) -> Option<f64> {
    status.get("store")?.get("bytes_per_event")?.as_f64()
}

/// Wall times of one subject over the mean of the base runs beside them.
fn ratios(runs: &[Run], workload: &str, subject: &str) -> Vec<f64> {
    let of: Vec<&Run> = runs
        .iter()
        .filter(|run| run.workload == workload && run.subject != "tarsier+stats")
        .collect();
    let base = |run: Option<&&Run>| run.filter(|run| run.subject == "base").map(|run| run.wall);
    let mut ratios = Vec::new();
    for (at, run) in of.iter().enumerate().filter(|(_, run)| run.subject == subject) {
        let before = at.checked_sub(1).and_then(|at| base(of.get(at)));
        let beside: Vec<f64> = [before, base(of.get(at + 1))].into_iter().flatten().collect();
        if !beside.is_empty() {
            ratios.push(run.wall / (beside.iter().sum::<f64>() / beside.len() as f64));
        }
    }
    ratios
}

/// Each base run over the one before it: what a ratio of 1 looks like here.
fn base_against_base(runs: &[Run], workload: &str) -> Vec<f64> {
    let base: Vec<f64> = runs
        .iter()
        .filter(|run| run.workload == workload && run.subject == "base")
        .map(|run| run.wall)
        .collect();
    base.windows(2).map(|two| two[1] / two[0]).collect()
}

fn table(options: &Options, runs: &[Run]) {
    println!(
        "\n| workload | subject | runs | wall ratio, median [10..90 %] | base/base | \
         subject CPU us/op | probes us/op | RssAnon MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for workload in WORKLOADS {
        let base = Spread::of(&base_against_base(runs, workload.name));
        for subject in &options.subjects {
            let of = |name: &str| {
                let of = |run: &&Run| run.workload == workload.name && run.subject == name;
                runs.iter().filter(of).collect::<Vec<_>>()
            };
            let own = of(subject);
            if own.is_empty() {
                continue;
            }
            let each = |run: &&Run| 1e6 * run.cpu / run.operations;
            let cpu: Vec<f64> = own.iter().map(each).collect();
            let measured = of("tarsier+stats");
            let probes: Vec<f64> = measured
                .iter()
                .filter(|_| subject == "tarsier")
                .filter_map(|run| Some(1e6 * run.probes? / run.operations))
                .collect();
            let memory = own.iter().map(|run| run.memory_mb).fold(0.0, f64::max);
            println!(
                "| {} | {subject} | {} | {} | {} | {} | {} | {memory:.1} |",
                workload.name,
                own.len(),
                Spread::show(Spread::of(&ratios(runs, workload.name, subject)), 3),
                Spread::show(base, 3),
                Spread::show(Spread::of(&cpu), 1),
                Spread::show(Spread::of(&probes), 1),
            );
        }
    }
}

/// What the recorder uses while the host does whatever it does by itself.
fn idle(options: &Options) -> Result<()> {
    if options.idle_s == 0 {
        return Ok(());
    }
    let subject = subject::start("tarsier", options)?;
    subject.drain();
    let before = subject.cpu_s();
    let seen = |status: Option<Value>| -> u64 {
        let ledger = status.and_then(|status| status.get("ledger")?.as_array().cloned());
        ledger.unwrap_or_default().iter().filter_map(|class| class.get("seen")?.as_u64()).sum()
    };
    let events = seen(subject.status(options));
    std::thread::sleep(Duration::from_secs(options.idle_s));
    let used = subject.cpu_s() - before;
    let status = subject.status(options);
    let ring =
        status.as_ref().and_then(|status| status.get("probing")?.get("ring_bytes")?.as_f64());
    let memory = subject.pid().map_or(0.0, process::anonymous_mb);
    println!(
        "idle for {} s: {:.2} % of one processor, {} events; own memory {:.1} MiB + ring {:.1} MiB",
        options.idle_s,
        100.0 * used / options.idle_s as f64,
        seen(status).saturating_sub(events),
        memory,
        ring.unwrap_or(0.0) / 1048576.0
    );
    subject.end()
}
