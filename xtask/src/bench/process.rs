// SPDX-License-Identifier: Apache-2.0
//! What a process has used, read from /proc: time of all its threads, memory, its eBPF programs.

use std::fs;

/// Kernel ticks a second in /proc/PID/stat; fixed on x86-64 and arm64.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time of all threads, ended ones included, in seconds.
///
/// `schedstat` counts nanoseconds of living threads, `stat` ticks of all: the larger is nearer.
pub fn cpu_s(pid: u32) -> f64 {
    ticks(pid).max(scheduled(pid))
}

fn ticks(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(')') else { return 0.0 };
    let number = |at: usize| {
        fields.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0)
    };
    (number(11) + number(12)) / TICKS_PER_SECOND
}

fn scheduled(pid: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let of_thread = |path: std::path::PathBuf| {
        let text = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0)
    };
    threads.flatten().map(|thread| of_thread(thread.path())).sum::<f64>() / 1e9
}

/// Memory that is only its own, in MiB.
pub fn anonymous_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

/// Runs and run time in seconds of the eBPF programs a process holds; needs
/// `kernel.bpf_stats_enabled`.
pub fn probes(pid: u32) -> (u64, f64) {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fdinfo")) else { return (0, 0.0) };
    let (mut runs, mut time) = (0, 0.0);
    let mut known = Vec::new();
    for about in fds.flatten().filter_map(|fd| fs::read_to_string(fd.path()).ok()) {
        let number = |name: &str| {
            let line = about.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse::<u64>().ok()
        };
        let Some(id) = number("prog_id:").filter(|id| !known.contains(id)) else { continue };
        known.push(id);
        runs += number("run_cnt:").unwrap_or(0);
        time += number("run_time_ns:").unwrap_or(0) as f64 / 1e9;
    }
    (runs, time)
}

/// Whether the kernel measures eBPF programs; says what it was before.
pub fn measure_probes(on: bool) -> bool {
    const SWITCH: &str = "/proc/sys/kernel/bpf_stats_enabled";
    let before = fs::read_to_string(SWITCH).is_ok_and(|text| text.trim() == "1");
    if let Err(why) = fs::write(SWITCH, if on { "1" } else { "0" }) {
        eprintln!("{SWITCH}: {why}");
    }
    before
}

/// Threads of the kernel by name: their work for a subject is counted with it.
pub fn kernel_thread(name: &str) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let comm = fs::read_to_string(entry.path().join("comm")).ok()?;
        (comm.trim() == name).then_some(pid)
    })
}
