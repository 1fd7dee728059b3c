// SPDX-License-Identifier: Apache-2.0
//! What this host offers a recorder: each check says what was found and what to change.
use super::privilege;
use crate::config::Settings;
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Recording works, but not in full.
    Degraded,
    /// Nothing can be recorded or kept.
    Bad,
}

/// One finding.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to change; empty when nothing.
    pub advice: String,
}

/// Every check of the host.
pub fn checks(settings: &Settings) -> Vec<Check> {
    vec![
        privileges(),
        kernel(),
        btf(),
        tracefs(),
        cgroup2(),
        lockdown(),
        locked_memory(),
        ring(settings),
        store_path(settings),
        free_disk(settings),
        clock(),
    ]
}

fn good(name: &'static str, found: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Good, found: found.into(), advice: String::new() }
}

fn finding(
    name: &'static str,
    verdict: Verdict,
    found: impl Into<String>,
    advice: impl Into<String>,
) -> Check {
    Check { name, verdict, found: found.into(), advice: advice.into() }
}

fn privileges() -> Check {
    let missing = privilege::missing();
    if missing.is_empty() {
        return good("privileges", "all capabilities that recording uses");
    }
    let verdict = match missing.iter().any(|need| need.vital) {
        true => Verdict::Bad,
        false => Verdict::Degraded,
    };
    let words: Vec<String> =
        missing.iter().map(|need| format!("{} ({})", need.name, need.why)).collect();
    let found = format!("missing {}", words.join("; "));
    finding("privileges", verdict, found, "run as root or grant the capabilities")
}

fn kernel() -> Check {
    let release = super::kernel_release();
    match version_of(&release) {
        Some(version) if version < (5, 15) => finding(
            "kernel",
            Verdict::Bad,
            release,
            "the probes need Linux 5.15 or newer; 6.1 and newer are tested",
        ),
        _ => good("kernel", release),
    }
}

/// Major and minor number of a kernel release.
fn version_of(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn btf() -> Check {
    let path = "/sys/kernel/btf/vmlinux";
    match fs::metadata(path) {
        Ok(_) => good("btf", path),
        Err(why) => finding(
            "btf",
            Verdict::Bad,
            format!("{path}: {why}"),
            "the probes learn the kernel's layout from it: use a kernel with \
             CONFIG_DEBUG_INFO_BTF=y and mount sysfs",
        ),
    }
}

fn tracefs() -> Check {
    let places = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    match places.iter().find(|place| Path::new(place).join("events/syscalls").is_dir()) {
        Some(place) => good("tracefs", *place),
        None => finding(
            "tracefs",
            Verdict::Degraded,
            "system call tracepoints are not visible",
            "mount it: mount -t tracefs tracefs /sys/kernel/tracing",
        ),
    }
}

fn cgroup2() -> Check {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let place = mounts.lines().find_map(|line| {
        let mut parts = line.split(' ').skip(1);
        let place = parts.next()?;
        (parts.next()? == "cgroup2").then_some(place)
    });
    match place {
        Some(place) => good("cgroup2", place),
        None => finding(
            "cgroup2",
            Verdict::Degraded,
            "not mounted: no UDP flows, no name queries, no container names",
            "mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified",
        ),
    }
}

fn lockdown() -> Check {
    let text = fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    let mode = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    match mode.map(|(mode, _)| mode) {
        Some("confidentiality") => finding(
            "lockdown",
            Verdict::Bad,
            "confidentiality",
            "this mode forbids probes to read kernel memory: boot with lockdown=integrity",
        ),
        Some(mode) => good("lockdown", mode),
        None => good("lockdown", "not in this kernel, or securityfs is not mounted"),
    }
}

fn locked_memory() -> Check {
    // Since 5.11 maps are counted by the memory cgroup and this limit no longer matters.
    let limit = getrlimit(Resource::Memlock).current;
    let shown = limit.map_or("unlimited".to_owned(), |bytes| format!("{} KiB", bytes / 1024));
    good("memlock", format!("{shown}; the memory cgroup counts maps instead"))
}

fn ring(settings: &Settings) -> Check {
    let ring_kb = u64::from(settings.config.ebpf.ring_mb) * 1024;
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    let found =
        format!("{} MiB of {} MiB available", ring_kb / 1024, available.unwrap_or(0) / 1024);
    match available {
        Some(available) if available / 4 < ring_kb => finding(
            "ring memory",
            Verdict::Degraded,
            found,
            format!("lower it: {}", settings.describe("ebpf.ring_mb")),
        ),
        _ => good("ring memory", found),
    }
}

/// The directory itself, or the nearest one above it that exists.
fn existing(path: &Path) -> &Path {
    path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/"))
}

fn store_path(settings: &Settings) -> Check {
    let path = &settings.config.store.path;
    let place = existing(path);
    match access(place, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => good("store path", path.display().to_string()),
        Err(why) => finding(
            "store path",
            Verdict::Bad,
            format!("{} cannot be written: {why}", place.display()),
            format!("give the recorder a directory: {}", settings.describe("store.path")),
        ),
    }
}

fn free_disk(settings: &Settings) -> Check {
    let place = existing(&settings.config.store.path);
    let disk = match statvfs(place) {
        Ok(disk) => disk,
        Err(why) => {
            let found = format!("{}: {why}", place.display());
            return finding("free disk", Verdict::Degraded, found, "check the file system");
        }
    };
    let free_mb = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    let held_mb = held_bytes(&settings.config.store.path) >> 20;
    let wanted_mb = settings.config.store.max_size_mb.saturating_sub(held_mb);
    let found = format!("{free_mb} MiB free, {wanted_mb} MiB still wanted by the store");
    if free_mb >= wanted_mb {
        return good("free disk", found);
    }
    let advice = format!("free some, or lower {}", settings.describe("store.max_size_mb"));
    finding("free disk", Verdict::Degraded, found, advice)
}

/// Bytes on disk of the files of a store.
fn held_bytes(store: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = fs::read_dir(store) else { return 0 };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|meta| meta.blocks() * 512)
        .sum()
}

fn clock() -> Check {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    // This file was written later than that: a clock before it was never set.
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    if SystemTime::now() < written {
        let found = "the wall clock is years behind";
        return finding("clock", Verdict::Degraded, found, "set it, or let NTP do so");
    }
    if source == "jiffies" {
        let found = "jiffies: times are milliseconds apart";
        return finding("clock", Verdict::Degraded, found, "boot without clocksource=jiffies");
    }
    good("clock", if source.is_empty() { "unknown source".to_owned() } else { source })
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn releases_of_every_distribution_have_numbers() {
        assert_eq!(version_of("6.12.107+deb13-cloud-amd64"), Some((6, 12)));
        assert_eq!(version_of("5.10.0-32-cloud-amd64"), Some((5, 10)));
        assert_eq!(version_of("7.3"), Some((7, 3)));
        assert_eq!(version_of("unknown"), None);
    }
}
