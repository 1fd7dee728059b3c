// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Every map: its size, who writes it, what happens when it is full.
use crate::kernel::cred::Snapshot;
use crate::kernel::pending::Pending;
use crate::kernel::scratch::Scratch;
use crate::kernel::tracked::{Mapping, Sweep, Tracked};
use aya_ebpf::btf_maps::{Array, HashMap, LruHashMap, PerCpuArray, RingBuf};
use aya_ebpf::macros::btf_map;
use common::counters::Counters;
use common::knobs::Knobs;
use common::sockets::{Flow, FlowKey, MappedKey, Owner, Stream, StreamKey};
use common::value::ProcessKey;

/// Records on their way to the recorder. Full: the record is counted as lost.
/// The loader sets its size; this is the default.
#[btf_map]
pub static RING: RingBuf<u8, { 8 << 20 }> = RingBuf::new();

/// Settings, written by the recorder at any time.
#[btf_map]
pub static KNOBS: Array<Knobs, 1> = Array::new();

/// What each CPU counted, read by the recorder.
#[btf_map]
pub static COUNTERS: PerCpuArray<Counters, 1> = PerCpuArray::new();

/// Room to build records with a tail. A program takes a slot by an atomic exchange: programs are
/// preemptible, so that the CPU's copy alone is not private. None free: the record is lost.
#[btf_map]
pub static SCRATCH: PerCpuArray<Scratch, { crate::kernel::scratch::SLOTS as usize }> =
    PerCpuArray::new();

/// Processes whose end was reported, on kernels that do not say which thread was the last.
/// Full: the oldest entry leaves; it is needed for the microseconds two threads race only.
#[btf_map]
pub static ENDED: LruHashMap<ProcessKey, u64, 4096> = LruHashMap::new();

/// Credentials of threads inside a call that may change them. Full: the oldest entry leaves.
#[btf_map]
pub static CREDENTIALS: LruHashMap<u64, Snapshot, 1024> = LruHashMap::new();

/// Room of a hash map is taken entry by entry, not at once.
const AS_NEEDED: usize = 1;

/// Owners of sockets by cookie: TCP from connect or accept to the end, UDP from creation to
/// release. Full: the end of that connection, or the flow, is counted as lost.
#[btf_map]
pub static SOCKETS: HashMap<u64, Owner, 131_072, AS_NEEDED> = HashMap::new();

/// Attempts to connect that failed, by cookie, until their system call returns: 0 when the
/// outcome was told, else when the attempt began. Full: the oldest leaves; the calls of
/// non-blocking sockets never come for theirs.
#[btf_map]
pub static FAILED: LruHashMap<u64, u64, 4096> = LruHashMap::new();

/// UDP flows, taken out by the recorder. Full: a new flow is counted as lost.
#[btf_map]
pub static FLOWS: HashMap<FlowKey, Flow, 16_384, AS_NEEDED> = HashMap::new();

/// Flows begun so far: the recorder looks into `FLOWS` only when this has moved.
#[btf_map]
pub static FLOWS_BEGUN: Array<u64, 1> = Array::new();

/// DNS over TCP: where the next message begins. Full: the oldest leaves, and a message that is
/// cut over segments may then not be recognised.
#[btf_map]
pub static STREAMS: LruHashMap<StreamKey, Stream, 1024> = LruHashMap::new();

/// Files mapped executable, so that one is told once for each program. Full: the oldest leaves;
/// the recorder folds what is then told twice.
#[btf_map]
pub static MAPPED: LruHashMap<MappedKey, u64, 16_384> = LruHashMap::new();

/// The file a thread loads a module from, between the read and the load.
#[btf_map]
pub static MODULE_FILES: LruHashMap<u64, u64, 64> = LruHashMap::new();

/// Opens for writing that are being followed, by address of their `struct file`. Written by the
/// probes of opens, emptied by those of closes and by the sweep. Full: an open is counted as lost.
#[btf_map]
pub static TRACKED: HashMap<u64, Tracked, 32768> = HashMap::new();

/// Processes that have mapped an open for shared writing. Full: the oldest entry leaves, and a
/// second mapping by the same process would be told again.
#[btf_map]
pub static MAPPINGS: LruHashMap<Mapping, u32, 4096> = LruHashMap::new();

/// When content was last changed, and opens followed since the last full sweep: a sweep that has
/// nothing to do costs one look.
#[btf_map]
pub static SWEEP: Array<Sweep, 1> = Array::new();

/// Attempts whose outcome the end of the system call will say, by thread. Full: the oldest
/// leaves, and its attempt is told with an unknown result.
#[btf_map]
pub static PENDING: LruHashMap<u64, Pending, 8192> = LruHashMap::new();
