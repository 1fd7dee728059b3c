// SPDX-License-Identifier: Apache-2.0
//! UDP flows: counted by the kernel side in a table, taken out here when they are over.
//!
//! A flow is over when nothing came for [`limits::FLOW_IDLE_NS`] or when its socket is gone (a
//! process that ends closes its sockets). It then becomes a record like those of the ring. The
//! table is looked at once a second, less often when it is large, and not at all while it is
//! empty and nothing new began. A datagram that arrives in the microseconds between the last look
//! at an idle flow and its removal is not counted.
#![allow(unsafe_code, reason = "three map values are declared to be plain bytes")]
use crate::source::{Batch, SourceError};
use aya::Ebpf;
use aya::maps::{Array, HashMap, MapData, MapError};
use common::limits;
use common::names::EventFlags;
use common::sockets::{Flow, FlowKey, Owner};
use common::value::BootTime;
use common::wire::{Header, Udp, Wire};
use std::time::{Duration, Instant};
use zerocopy::{FromZeros as _, IntoBytes as _};

/// Looks are this far apart at least.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Flows looked at in a second, so that a full table costs no more than a small one.
const LOOKS_A_SECOND: u32 = 2_000;

/// [`FlowKey`] as aya wants map values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct KeyValue(FlowKey);
// SAFETY: a zerocopy type: no padding, any bytes are valid.
unsafe impl aya::Pod for KeyValue {}

/// [`Flow`] as aya wants map values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct FlowValue(Flow);
// SAFETY: a zerocopy type: no padding, any bytes are valid.
unsafe impl aya::Pod for FlowValue {}

/// [`Owner`] as aya wants map values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct OwnerValue(Owner);
// SAFETY: a zerocopy type: no padding, any bytes are valid.
unsafe impl aya::Pod for OwnerValue {}

/// The kernel side's table of flows.
pub struct Flows {
    table: HashMap<MapData, KeyValue, FlowValue>,
    owners: HashMap<MapData, u64, OwnerValue>,
    begun: Array<MapData, u64>,
    /// Flows begun at the last look.
    known: u64,
    /// Flows that stayed in the table at the last look.
    living: u32,
    looked: Instant,
    told: u64,
    over: Vec<(FlowKey, Flow)>,
}

impl Flows {
    /// Takes the tables over.
    ///
    /// # Errors
    /// When the embedded object has no such tables.
    pub fn new(object: &mut Ebpf) -> Result<Self, SourceError> {
        Ok(Flows {
            table: super::map(object, "FLOWS")?,
            owners: super::map(object, "SOCKETS")?,
            begun: super::map(object, "FLOWS_BEGUN")?,
            known: 0,
            living: 0,
            looked: Instant::now(),
            told: 0,
            over: Vec::new(),
        })
    }

    /// Flows that became records so far.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Appends the flows that are over, when it is time to look.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub fn look(&mut self, batch: &mut Batch) -> Result<(), SourceError> {
        let slow = LOOK_EVERY * (1 + self.living / LOOKS_A_SECOND);
        if self.looked.elapsed() < slow {
            return Ok(());
        }
        self.looked = Instant::now();
        let begun = self.begun.get(&0, 0).map_err(|why| super::maps_error(&why))?;
        if begun == self.known && self.living == 0 {
            return Ok(());
        }
        self.known = begun;
        self.take(batch, false)
    }

    /// Appends every flow: the recorder stops.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub fn take_all(&mut self, batch: &mut Batch) -> Result<(), SourceError> {
        self.take(batch, true)
    }

    fn take(&mut self, batch: &mut Batch, all: bool) -> Result<(), SourceError> {
        let now = boot_ns();
        self.living = 0;
        self.over.clear();
        for entry in self.table.iter() {
            let (KeyValue(key), FlowValue(flow)) = entry.map_err(|why| super::maps_error(&why))?;
            let idle = now.saturating_sub(flow.last_ns) >= limits::FLOW_IDLE_NS;
            if all || idle || matches!(self.owners.get(&key.socket, 0), Err(MapError::KeyNotFound))
            {
                self.over.push((key, flow));
            } else {
                self.living += 1;
            }
        }
        for (key, flow) in &self.over {
            match self.table.remove(&KeyValue(*key)) {
                Ok(()) => {
                    batch.push(&record(key, flow, now));
                    self.told += 1;
                }
                // told already: a table that changes while it is walked may give a flow twice
                Err(MapError::KeyNotFound) => {}
                Err(why) => return Err(super::maps_error(&why)),
            }
        }
        Ok(())
    }
}

/// A record as the ring would carry it; it has no CPU and no sequence number.
fn record(key: &FlowKey, flow: &Flow, now: u64) -> [u8; size_of::<Header>() + size_of::<Udp>()] {
    let mut bytes = [0; size_of::<Header>() + size_of::<Udp>()];
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let header = Header {
        len,
        kind: Wire::Udp as u32,
        flags: EventFlags::OWNER_ONLY.0,
        time_ns: now,
        process: flow.owner.process,
        parent: flow.owner.parent,
        cgroup_id: flow.owner.cgroup_id,
        cpu: u32::MAX,
        tid: flow.owner.tid,
        ns_pid: u32::MAX,
        pid_ns: u32::MAX,
        mnt_ns: u32::MAX,
        uid: u32::MAX,
        euid: u32::MAX,
        gid: u32::MAX,
        loginuid: u32::MAX,
        session: u32::MAX,
        ..Header::new_zeroed()
    };
    let body = Udp {
        sent_bytes: flow.sent_bytes,
        received_bytes: flow.received_bytes,
        sent_packets: flow.sent_packets,
        received_packets: flow.received_packets,
        first: BootTime(flow.first_ns),
        last: BootTime(flow.last_ns),
        local: flow.local,
        remote: key.remote,
        local_port: flow.local_port,
        remote_port: key.remote_port,
        network_type: flow.network_type,
        direction: flow.direction,
    };
    let (head, rest) = bytes.split_at_mut(size_of::<Header>());
    head.copy_from_slice(header.as_bytes());
    rest.copy_from_slice(body.as_bytes());
    bytes
}

/// `CLOCK_BOOTTIME`, which the kernel side uses.
fn boot_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::record;
    use common::sockets::{Flow, FlowKey};
    use common::value::{Ip, ProcessKey};
    use common::wire::{Record, Udp};
    use zerocopy::{FromZeros, IntoBytes};

    #[test]
    fn a_flow_is_a_record_the_parser_takes() {
        let key = FlowKey { remote: Ip([7; 16]), remote_port: 53, ..FlowKey::new_zeroed() };
        let mut flow = Flow { sent_bytes: 33, ..Flow::new_zeroed() };
        flow.owner.process = ProcessKey { start_ns: 1, pid: 2 };
        let bytes = record(&key, &flow, 99);
        let mut words = vec![0u64; bytes.len() / 8];
        words.as_mut_bytes().copy_from_slice(&bytes);
        let record = Record::parse(words.as_bytes()).unwrap();
        let body = record.body::<Udp>().unwrap();
        assert_eq!((body.sent_bytes, body.remote_port, record.header.time_ns), (33, 53, 99));
        assert_eq!(record.header.process.pid, 2);
    }
}
