// SPDX-License-Identifier: Apache-2.0
//! What a recorder and its control client say to each other: one JSON line each way.
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What can be asked of a running recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// How it is.
    Status,
    /// Read the settings again and take what can be taken live.
    Reload,
    /// Write everything and end.
    Stop,
}

/// The answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How it is.
    Status(Box<Status>),
    /// Every setting that differs from before.
    Reloaded(Vec<Changed>),
    /// It is ending.
    Stopping,
    /// It will not, line by line why.
    Refused(Vec<String>),
}

/// A setting that a reload found changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub key: String,
    /// Value before.
    pub old: String,
    /// Value in the files now.
    pub new: String,
    /// Whether it is in force now; otherwise the recorder must be started again.
    pub live: bool,
}

/// A running recorder, at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// One line: `recording`, or why not.
    pub state: String,
    /// Version of the recorder.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Seconds since it began.
    pub uptime_s: u64,
    /// Kernel release of the host.
    pub kernel: String,
    /// Hooks, their cost, ring and tables.
    pub probing: Probing,
    /// How each kind of event is seen.
    pub events: Vec<Coverage>,
    /// The balance of every class since the recorder began.
    pub ledger: Vec<Account>,
    /// History on disk.
    pub store: StoreUse,
    /// What the recorder itself costs.
    pub own: Usage,
}

/// How one kind of event is seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// `event.action`.
    pub event: String,
    /// Its class.
    pub class: String,
    /// `full`, `degraded` or `none`.
    pub state: String,
    /// `trampoline`, `tracepoint`, `both`, or `none`.
    pub tier: String,
    /// What it is attached to.
    pub hooks: Vec<String>,
    /// Why it is degraded or not seen.
    pub why: Vec<String>,
    /// What its hooks cannot see.
    pub blind: Vec<String>,
}

/// One program of a source: where it is, or why it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Name of the program in the kernel.
    pub program: String,
    /// Names of the records it makes.
    pub records: Vec<String>,
    /// Its family of hooks: `trampoline`, `tracepoint`, or `both` where they do not differ.
    pub tier: String,
    /// Where it is, or would be, attached.
    pub hook: String,
    /// Whether it runs.
    pub attached: bool,
    /// Why it does not run, or which of its attach points are missing; may be empty.
    pub why: String,
    /// What it cannot see.
    pub blind: Vec<String>,
}

/// What a kernel program cost so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Its name.
    pub program: String,
    /// Times it ran; 0 where `kernel.bpf_stats_enabled` is off.
    pub runs: u64,
    /// Time in it, nanoseconds.
    pub time_ns: u64,
}

/// Tables in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// Processes known, those that left lately among them.
    pub processes: u64,
    /// Files hashed.
    pub hashed: u64,
    /// Files not hashed: too large, gone, changed, or too many at once.
    pub hash_skipped: u64,
}

/// What runs beside the data path at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probing {
    /// What is attached, or why not.
    pub hooks: Vec<Hook>,
    /// What each kernel program cost.
    pub probes: Vec<Probe>,
    /// Size of the buffer shared with the kernel; 0 without one.
    pub ring_bytes: u64,
    /// Tables in memory.
    pub tables: Tables,
}

/// The balance of one class: seen = stored + filtered + shed + lost + pending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which class.
    pub class: String,
    /// Decided to be recorded.
    pub seen: u64,
    /// In the store.
    pub stored: u64,
    /// Dropped by policy.
    pub filtered: u64,
    /// Dropped by the guard.
    pub shed: u64,
    /// Known to be lost.
    pub lost: u64,
    /// On their way; negative would be a mistake of ours worth showing.
    pub pending: i64,
    /// Losses by cause.
    pub causes: Vec<(String, u64)>,
}

/// History on disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreUse {
    /// Its directory.
    pub path: PathBuf,
    /// `ok`, or the trouble it has.
    pub state: String,
    /// Events that can be asked for.
    pub events: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Bytes its limit allows; 0 is unlimited.
    pub limit_bytes: u64,
    /// Sealed bytes for each sealed event; absent before the first block is sealed.
    pub bytes_per_event: Option<f64>,
    /// Oldest event, nanoseconds since 1970.
    pub oldest_ns: Option<u64>,
    /// Newest event, nanoseconds since 1970.
    pub newest_ns: Option<u64>,
    /// The last event that a power cut cannot take.
    pub durable_sequence: Option<u64>,
    /// Bytes written to disk by this run.
    pub written_bytes: u64,
    /// Bytes waiting in memory for the disk.
    pub pending_bytes: u64,
    /// Events given up so far to stay below the limits.
    pub pruned_events: u64,
}

/// What the recorder itself costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time of all its threads, seconds.
    pub cpu_s: f64,
    /// The same as a share of one processor since the start.
    pub cpu_percent: f64,
    /// Memory that is only its own (RssAnon).
    pub memory_bytes: u64,
    /// Its threads.
    pub threads: u32,
}
