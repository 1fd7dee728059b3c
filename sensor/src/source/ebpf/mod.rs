// SPDX-License-Identifier: Apache-2.0
//! Records from small programs in the kernel, over one ring.
//!
//! The programs are built from `sensor-ebpf` and embedded. At start the running kernel's BTF
//! gives the offsets they need, each is loaded on its own (see `hooks`), and every process that
//! already runs is listed once, after the hooks are in place.
#![allow(unsafe_code, reason = "two map values are declared to be plain bytes")]
use crate::source::{Batch, HookState, Options, ProbeInfo, Source, SourceError, Totals};
use aya::maps::{Array, Map, MapData, PerCpuArray, RingBuf};
use aya::programs::Program;
use aya::{Ebpf, EbpfLoader};
use common::counters::Counters;
use common::knobs::Knobs;
use common::names::Class;
use std::io::Read as _;
use std::time::Duration;

mod attach;
mod btf;
mod calls;
mod cgroup;
mod flows;
mod hooks;
mod offsets;
mod permission;
mod ring;
mod sweep;

static OBJECT: &[u8] = aya::include_bytes_aligned!("../../../assets/probes.bpf.o");

/// Bytes an iterator hands over at most in one read.
const ITERATOR_BYTES: usize = 256 << 10;

/// [`Knobs`] as aya wants map values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct KnobsValue(Knobs);
// SAFETY: a zerocopy type: no padding, any bytes are valid.
unsafe impl aya::Pod for KnobsValue {}

/// [`Counters`] as aya wants map values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct CountersValue(Counters);
// SAFETY: a zerocopy type: no padding, any bytes are valid.
unsafe impl aya::Pod for CountersValue {}

/// The programs of one run; dropping it detaches them.
pub struct Probes {
    object: Ebpf,
    /// Kept: a table nobody holds is emptied by the kernel.
    _calls: calls::Calls,
    ring: ring::Ring,
    knobs: Array<MapData, KnobsValue>,
    counters: PerCpuArray<MapData, CountersValue>,
    hooks: Vec<HookState>,
    flows: flows::Flows,
    inventory: Inventory,
    sweep: sweep::Sweep,
}

/// Whether the running processes were listed already.
enum Inventory {
    Due,
    Done,
}

impl std::fmt::Debug for Probes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let attached = self.hooks.iter().filter(|hook| hook.attached).count();
        write!(f, "Probes {{ attached: {attached} of {} }}", self.hooks.len())
    }
}

/// Loads and attaches everything the running kernel allows.
///
/// # Errors
/// Names what is missing; a single refused hook is no error but a [`HookState`].
pub fn open(options: &Options) -> Result<Box<dyn Source>, SourceError> {
    permission::check()?;
    let types = btf::Btf::of_running_kernel().map_err(SourceError::NoBtf)?;
    let offsets = offsets::Offsets::of(&types);
    let group_dead = u32::from(types.tracepoint_arguments("sched_process_exit") >= Some(2));
    let has_cqe = u32::from(types.tracepoint_arguments("io_uring_complete") == Some(3));
    drop(types);
    let mut loader = EbpfLoader::new();
    loader.map_max_entries("RING", options.ring_bytes);
    for (name, value) in offsets.iter() {
        loader.override_global(name, value, false);
    }
    loader.override_global("HAS_GROUP_DEAD", &group_dead, false);
    loader.override_global("COMPLETE_HAS_CQE", &has_cqe, false);
    let mut object = loader.load(OBJECT).map_err(|why| object_error(&why))?;
    let mut knobs: Array<MapData, KnobsValue> = map(&mut object, "KNOBS")?;
    let counters = map(&mut object, "COUNTERS")?;
    let ring: RingBuf<MapData> = map(&mut object, "RING")?;
    let ring = ring::Ring::new(ring)?;
    knobs.set(0, KnobsValue(options.knobs), 0).map_err(|why| maps_error(&why))?;
    let flows = flows::Flows::new(&mut object)?;
    let mut calls = calls::Calls::new(&mut object)
        .ok_or_else(|| SourceError::Object("no tables of system calls".to_owned()))?;
    let kernel = aya::Btf::from_sys_fs()
        .map_err(|why| SourceError::NoBtf(std::io::Error::other(why.to_string())))?;
    let hooks = attach::attach_all(&mut object, &mut calls, &kernel, &offsets);
    if !hooks.iter().any(|hook| hook.attached) {
        let reason = hooks.iter().find_map(|hook| hook.reason.clone()).unwrap_or_default();
        return Err(SourceError::NoHook(reason));
    }
    Ok(Box::new(Probes {
        object,
        _calls: calls,
        ring,
        knobs,
        counters,
        hooks,
        flows,
        inventory: Inventory::Due,
        sweep: sweep::Sweep::new(),
    }))
}

fn map<T: TryFrom<Map>>(object: &mut Ebpf, name: &'static str) -> Result<T, SourceError>
where
    T::Error: std::fmt::Display,
{
    let map = object.take_map(name).ok_or_else(|| SourceError::Object(format!("no map {name}")))?;
    T::try_from(map).map_err(|why| SourceError::Object(format!("map {name}: {why}")))
}

fn maps_error(why: &dyn std::error::Error) -> SourceError {
    SourceError::Maps(chain(why))
}

/// Making the maps is where the kernel runs out of memory or permission.
fn object_error(why: &aya::EbpfError) -> SourceError {
    match why {
        aya::EbpfError::MapError(why) => SourceError::Ring(chain(why)),
        why => SourceError::Object(chain(why)),
    }
}

fn chain(why: &dyn std::error::Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text = format!("{text}: {why}");
        source = why.source();
    }
    text
}

impl Probes {
    /// Lists the running processes; what is already attached sees what starts meanwhile.
    fn list_processes(&mut self, batch: &mut Batch) -> Result<(), SourceError> {
        let attached = self.hooks.iter().any(|hook| hook.program == "inventory" && hook.attached);
        let Some(Program::Iter(program)) = self.object.program_mut("inventory") else {
            return Ok(());
        };
        if !attached {
            return Ok(());
        }
        let link = program.attach().map_err(|why| maps_error(&why))?;
        let link = program.take_link(link).map_err(|why| maps_error(&why))?;
        let mut file = link.into_file().map_err(|why| maps_error(&why))?;
        let mut bytes = Vec::new();
        let mut chunk = vec![0; ITERATOR_BYTES];
        loop {
            let read = file.read(&mut chunk).map_err(|why| maps_error(&why))?;
            if read == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk[..read]);
        }
        split_records(&bytes, batch);
        Ok(())
    }
}

/// Cuts an iterator's file into records; each begins with its own length.
fn split_records(mut bytes: &[u8], batch: &mut Batch) {
    while let Some((len, _)) = bytes.split_first_chunk::<4>() {
        let len = u32::from_le_bytes(*len) as usize;
        let Some((record, rest)) = bytes.split_at_checked(len).filter(|_| len >= 4) else {
            // hand the rest on: the parser counts it as malformed
            batch.push(bytes);
            return;
        };
        batch.push(record);
        bytes = rest;
    }
}

impl Source for Probes {
    fn name(&self) -> &'static str {
        "ebpf"
    }

    fn next_batch(&mut self, batch: &mut Batch, wait: Duration) -> Result<(), SourceError> {
        if let Inventory::Due = self.inventory {
            self.inventory = Inventory::Done;
            return self.list_processes(batch);
        }
        self.sweep.run_if_due(&mut self.object);
        self.ring.drain(batch, wait)?;
        self.flows.look(batch)
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), SourceError> {
        self.flows.take_all(batch)
    }

    fn losses(&mut self) -> Result<Totals, SourceError> {
        let mut totals = Totals::default();
        let values = self.counters.get(&0, 0).map_err(|why| maps_error(&why))?;
        for CountersValue(cpu) in values.iter() {
            totals.numbered += cpu.sequence;
            totals.emitted += cpu.emitted;
            for (total, seen) in totals.seen.iter_mut().zip(cpu.seen) {
                *total += seen;
            }
            for (total, lost) in totals.lost.iter_mut().flatten().zip(cpu.lost.iter().flatten()) {
                *total += lost;
            }
        }
        totals.seen[Class::NETWORK.0 as usize] += self.flows.told();
        Ok(totals)
    }

    fn hooks(&self) -> &[HookState] {
        &self.hooks
    }

    fn probe_info(&self) -> Vec<ProbeInfo> {
        let infos = self.object.programs().filter_map(|(name, program)| {
            let info = program.info().ok()?;
            Some(ProbeInfo {
                program: name.to_owned(),
                runs: info.run_count(),
                time: info.run_time(),
                verified: info.verified_instruction_count().unwrap_or(0),
                code_bytes: info.size_jitted(),
            })
        });
        infos.collect()
    }

    fn set_knobs(&mut self, knobs: Knobs) -> Result<(), SourceError> {
        self.sweep.hurry();
        self.knobs.set(0, KnobsValue(knobs), 0).map_err(|why| maps_error(&why))
    }
}
