// SPDX-License-Identifier: Apache-2.0
//! What the recorder itself costs, as the kernel counts it.
use super::protocol::Usage;
use rustix::time::{ClockId, clock_gettime};
use std::fs;

/// Processor time and memory of this process.
pub fn of_self() -> Usage {
    let cpu_s = seconds(ClockId::ProcessCPUTime);
    let lived_s = seconds(ClockId::Boottime) - own_start_ns() as f64 / 1e9;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    Usage {
        cpu_s,
        cpu_percent: 100.0 * cpu_s / lived_s.max(0.01),
        memory_bytes: field(&status, "RssAnon:").unwrap_or(0) * 1024,
        threads: field(&status, "Threads:").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
    }
}

/// When this process began, nanoseconds since boot, to the clock tick.
pub fn own_start_ns() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may contain anything, spaces and brackets too.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Option<u64> = after_name.split_whitespace().nth(19).and_then(|n| n.parse().ok());
    ticks.unwrap_or(0) * (1_000_000_000 / rustix::param::clock_ticks_per_second().max(1))
}

fn seconds(clock: ClockId) -> f64 {
    let now = clock_gettime(clock);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// The number after a name in `/proc/PID/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}
