// SPDX-License-Identifier: Apache-2.0
//! Where records come from: a trait, a batch to fill, and the table of sources.
use common::counters::{CAUSES, CLASSES};
use common::knobs::Knobs;
use common::wire::Wire;
use std::fmt;
use std::time::Duration;

mod batch;
pub mod ebpf;
pub use batch::Batch;

/// A stream of records.
pub trait Source: Send + fmt::Debug {
    /// Its row in [`SOURCES`].
    fn name(&self) -> &'static str;

    /// Appends whole records to `batch`; waits at most `wait` for the first.
    ///
    /// # Errors
    /// When the source is gone for good.
    fn next_batch(&mut self, batch: &mut Batch, wait: Duration) -> Result<(), SourceError>;

    /// What only the kernel's own tables hold when recording stops: files still open that
    /// changed, flows that are not idle yet. Called once, before the classes are switched off.
    ///
    /// # Errors
    /// When a table cannot be read.
    fn finish(&mut self, batch: &mut Batch) -> Result<(), SourceError>;

    /// Everything the kernel side counted since it was started.
    ///
    /// # Errors
    /// When the counters cannot be read.
    fn losses(&mut self) -> Result<Totals, SourceError>;

    /// Which hook serves which kind, and what it cannot see.
    fn hooks(&self) -> &[HookState];

    /// What each kernel program cost so far, where the kernel counts it.
    fn probe_info(&self) -> Vec<ProbeInfo>;

    /// Changes the kernel side's settings, at once.
    ///
    /// # Errors
    /// When the kernel refuses the update.
    fn set_knobs(&mut self, knobs: Knobs) -> Result<(), SourceError>;
}

/// What the kernel side counted since it was started, added up over the CPUs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Numbers given to records so far, whether they reached the ring or not.
    pub numbered: u64,
    /// Records in the ring so far.
    pub emitted: u64,
    /// Primary records a probe decided to emit, by class.
    pub seen: [u64; CLASSES],
    /// Happenings lost, by class and cause.
    pub lost: [[u64; CAUSES]; CLASSES],
}

/// How an event is watched: which of two families of hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// The same hook everywhere.
    Both,
    /// Kernel functions, by trampoline: sees resolved objects.
    Trampoline,
    /// Tracepoints: sees calls and results.
    Tracepoint,
}

impl Tier {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Both => "both",
            Tier::Trampoline => "trampoline",
            Tier::Tracepoint => "tracepoint",
        }
    }
}

/// One program of a source: where it is, or why it is not.
#[derive(Clone, Debug)]
pub struct HookState {
    /// What it serves: the name of a probe's file.
    pub feature: &'static str,
    /// Name of the program in the kernel.
    pub program: &'static str,
    /// Records it makes.
    pub wires: &'static [Wire],
    /// Which family it belongs to.
    pub tier: Tier,
    /// Where it is, or would be, attached.
    pub hook: String,
    /// Whether it runs.
    pub attached: bool,
    /// Why it does not run, or which of its attach points are missing.
    pub reason: Option<String>,
    /// What this hook cannot see.
    pub blind: &'static [&'static str],
}

/// Cost of one kernel program.
#[derive(Clone, Debug)]
pub struct ProbeInfo {
    /// Its name.
    pub program: String,
    /// Times it ran; 0 where `kernel.bpf_stats_enabled` is off.
    pub runs: u64,
    /// Time in it.
    pub time: Duration,
    /// Instructions the verifier looked at.
    pub verified: u32,
    /// Bytes of machine code.
    pub code_bytes: u32,
}

/// One source people can name.
pub struct Backend {
    /// Name in settings.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Starts it.
    pub open: fn(&Options) -> Result<Box<dyn Source>, SourceError>,
}

/// Every source.
pub const SOURCES: &[Backend] = &[Backend {
    name: "ebpf",
    about: "Small programs at kernel hooks; sees everything it can hook, from any process.",
    open: ebpf::open,
}];

/// What a source is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the ring in bytes, a power of two.
    pub ring_bytes: u32,
    /// First settings of the kernel side.
    pub knobs: Knobs,
}

impl Default for Options {
    /// Everything on, a ring of 8 MiB, the reader woken each 256 KiB.
    fn default() -> Self {
        Options {
            ring_bytes: 8 << 20,
            knobs: Knobs {
                classes: u64::MAX,
                watermark_bytes: 256 << 10,
                wall_offset_ns: 0,
                own_tgid: std::process::id(),
                reserved: 0,
            },
        }
    }
}

/// Why a source cannot start or go on.
#[derive(Debug)]
pub enum SourceError {
    /// A capability is missing; names it.
    Capability(&'static str),
    /// The kernel does not describe its types.
    NoBtf(std::io::Error),
    /// The embedded programs are not what they should be.
    Object(String),
    /// The ring could not be made or read.
    Ring(String),
    /// No hook at all could be used; the first reason.
    NoHook(String),
    /// The kernel side's maps cannot be read or written.
    Maps(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Capability(which) => write!(
                f,
                "the capability {which} is missing: run as root, or give the service \
                 CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE (CAP_SYS_ADMIN before 5.8)"
            ),
            SourceError::NoBtf(why) => write!(
                f,
                "/sys/kernel/btf/vmlinux: {why}: the kernel must be built with \
                 CONFIG_DEBUG_INFO_BTF=y (every stock kernel of the last years is)"
            ),
            SourceError::Object(why) => {
                write!(f, "the embedded probes: {why}: this build is broken, install it again")
            }
            SourceError::Ring(why) => {
                write!(f, "the ring: {why}: lower source.ring_mb or raise the memory limit")
            }
            SourceError::NoHook(why) => write!(
                f,
                "no hook could be used ({why}): `tarsier doctor` says why for each of them"
            ),
            SourceError::Maps(why) => write!(f, "the probes' maps: {why}: restart the recorder"),
        }
    }
}

impl std::error::Error for SourceError {}
