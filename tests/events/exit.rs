// SPDX-License-Identifier: Apache-2.0
//! Ends of processes: code, signal, time used, and exactly one end each.

use e2e::expect::Seen;
use e2e::suite::Case;
use serde_json::Value;

/// One case each way to end.
pub const CASES: &[Case] = &[
    Case::new("exit.code", code).exactly(&["exit"]),
    Case::new("exit.signal", signal).exactly(&["exit"]),
    Case::new("exit.leader_first", leader_first).exactly(&["exit"]),
    Case::new("exit.race", race).exactly(&["exit"]),
    Case::new("exit.cpu_time", cpu_time).exactly(&["exit"]),
];

fn code(seen: &mut Seen<'_>) {
    seen.expect("exit", |want| {
        want.by("child").is("process.exit_code", 7).lacks("tarsier.exit.signal")
    });
    seen.expect("exit", |want| want.is("process.exit_code", 0));
}

fn signal(seen: &mut Seen<'_>) {
    seen.expect("exit", |want| {
        want.by("child").is("tarsier.exit.signal", "SIGTERM").lacks("process.exit_code")
    });
    seen.expect("exit", |want| want);
}

fn leader_first(seen: &mut Seen<'_>) {
    seen.expect("exit", |want| want.by("child").is("process.exit_code", 9));
    seen.expect("exit", |want| want);
}

fn race(seen: &mut Seen<'_>) {
    let children = seen.truth("children").as_array().cloned().unwrap_or_default();
    for pid in children.iter().filter_map(Value::as_u64) {
        seen.expect("exit", |want| want.by_pid(pid).is("process.exit_code", 0));
    }
    seen.expect("exit", |want| want);
}

/// The kernel's two counts of the same time agree within its tick and the child's own end.
fn cpu_time(seen: &mut Seen<'_>) {
    const NEAR_NS: u64 = 30_000_000;
    let told = |name: &str| seen.truth(name).as_u64().unwrap_or(0);
    let truth = told("user") + told("system");
    let exit = seen
        .expect("exit", |want| want.by("child").has("tarsier.cpu.user").has("tarsier.cpu.system"));
    let number = |name: &str| exit.and_then(|exit| exit.number(name)).unwrap_or(0);
    let seen_time = number("tarsier.cpu.user") + number("tarsier.cpu.system");
    let near = truth.abs_diff(seen_time) < NEAR_NS;
    seen.hold(near, &format!("CPU time: {seen_time} ns told, {truth} ns used"));
    seen.expect("exit", |want| want);
}
