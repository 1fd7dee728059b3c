// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Every map: its size, who writes it, what happens when it is full.
use crate::kernel::cred::Snapshot;
use crate::kernel::scratch::Scratch;
use aya_ebpf::btf_maps::{Array, LruHashMap, PerCpuArray, RingBuf};
use aya_ebpf::macros::btf_map;
use common::counters::Counters;
use common::knobs::Knobs;
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
