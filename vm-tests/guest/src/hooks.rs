// SPDX-License-Identifier: Apache-2.0
//! Compares the hooks the probes document with those the booted kernel has.
//!
//! One line in, one line out: `probe kind name least most` → `@vm hook … found|absent|differs`.

use crate::btf::Btf;
use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// What the running kernel says about a hook.
enum Found {
    /// It has so many arguments.
    Arguments(u32),
    /// It is there; its arguments cannot be counted this way.
    Present,
    /// There is no such hook.
    Absent,
}

/// Checks every line of the list and prints a verdict for it.
pub fn check(list: &str, port: &mut File) -> Result<(), String> {
    let text = std::fs::read_to_string(list).map_err(|why| format!("{list}: {why}"))?;
    let bytes = std::fs::read("/sys/kernel/btf/vmlinux").map_err(|why| format!("BTF: {why}"))?;
    let btf = Btf::parse(&bytes).ok_or("the kernel's BTF is malformed")?;
    let traceable = traceable();
    for line in text.lines() {
        let [probe, kind, name, least, most] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("{list}: {line}: not five words"));
        };
        let number = |text: &str| text.parse::<u64>().map_err(|why| format!("{line}: {why}"));
        let documented = number(least)?..=number(most)?;
        let verdict = match look(&btf, &traceable, kind, name) {
            Found::Absent => "absent".to_owned(),
            Found::Arguments(have) if !documented.contains(&u64::from(have)) => {
                format!("has {have} args")
            }
            _ => "found".to_owned(),
        };
        writeln!(port, "@vm hook\t{probe}\t{kind}\t{name}\t{verdict}")
            .map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// The functions ftrace can attach to; empty when the kernel does not tell.
fn traceable() -> HashSet<String> {
    std::fs::read_to_string("/sys/kernel/tracing/available_filter_functions")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .collect()
}

fn look(btf: &Btf, traceable: &HashSet<String>, kind: &str, name: &str) -> Found {
    let function = || match btf.function(name) {
        Some(count) if traceable.is_empty() || traceable.contains(name) => Found::Arguments(count),
        _ => Found::Absent,
    };
    let tracepoint = || btf.tracepoint(name).map_or(Found::Absent, Found::Arguments);
    let lsm = || btf.function(&format!("bpf_lsm_{name}")).map_or(Found::Absent, Found::Arguments);
    match kind.trim_end_matches(".s") {
        "fentry" | "fexit" | "kprobe" | "kretprobe" => function(),
        "tp_btf" | "raw_tp" => tracepoint(),
        "lsm" => lsm(),
        "iter" => match btf.function(&format!("bpf_iter_{name}")) {
            Some(_) => Found::Present,
            None => Found::Absent,
        },
        "tp" | "tracepoint" => event(name),
        // `cgroup/…` and the like have no function to look for.
        "cgroup" | "cgroup_skb" | "socket" => Found::Present,
        _ => match (function(), tracepoint(), lsm(), event(name)) {
            (Found::Absent, Found::Absent, Found::Absent, event) => event,
            (Found::Absent, Found::Absent, lsm, _) => lsm,
            (Found::Absent, tracepoint, ..) => tracepoint,
            (function, ..) => function,
        },
    }
}

/// A tracepoint that has no BTF of its own: system calls, or `group/name`.
fn event(name: &str) -> Found {
    let events = Path::new("/sys/kernel/tracing/events");
    let there = events.join(name).is_dir() || events.join("syscalls").join(name).is_dir();
    if there { Found::Present } else { Found::Absent }
}
