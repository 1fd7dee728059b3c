// SPDX-License-Identifier: Apache-2.0
//! What the recorder itself costs, as the kernel counts it.
use super::protocol::Usage;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// Processor time and memory of this process, `uptime` after it began.
pub fn of_self(uptime: Duration) -> Usage {
    let clock = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = u32::try_from(clock.tv_nsec).unwrap_or(0);
    let cpu = Duration::new(u64::try_from(clock.tv_sec).unwrap_or(0), nanoseconds);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    Usage {
        cpu_s: cpu.as_secs_f64(),
        cpu_percent: 100.0 * cpu.as_secs_f64() / uptime.as_secs_f64().max(0.001),
        memory_bytes: field(&status, "RssAnon:").unwrap_or(0) * 1024,
        threads: field(&status, "Threads:").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
    }
}

/// The number after a name in `/proc/PID/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}
