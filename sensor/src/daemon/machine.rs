// SPDX-License-Identifier: Apache-2.0
//! The two things a recorder's control can stand before: a running pipeline, or nothing.
use super::protocol::{Changed, Probing, StoreUse, Tables};
use super::running::Machine;
use super::sources::{hook, probe};
use crate::config::Config;
use crate::health::Balance;
use crate::pipeline::{Glance, Order};
use crate::store::{State, Watch};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// A pipeline that runs on another thread.
pub struct Recording {
    /// Directory of the store.
    pub path: PathBuf,
    /// The store's figures.
    pub store: Watch,
    /// The pipeline's figures.
    pub glance: Arc<Mutex<Glance>>,
    /// Where the pipeline listens.
    pub orders: Mutex<Sender<Order>>,
    /// Size of the ring.
    pub ring_bytes: u64,
}

impl Machine for Recording {
    fn probing(&self) -> Probing {
        let glance = self.glance.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Probing {
            hooks: glance.hooks.iter().map(hook).collect(),
            probes: glance.programs.iter().map(probe).collect(),
            ring_bytes: self.ring_bytes,
            tables: Tables {
                processes: u64::try_from(glance.processes).unwrap_or(u64::MAX),
                hashed: glance.hashed,
                hash_skipped: glance.hash_skipped,
            },
        }
    }

    fn ledger(&self) -> Vec<Balance> {
        self.glance.lock().unwrap_or_else(PoisonError::into_inner).ledger.clone()
    }

    fn store(&self) -> StoreUse {
        let stats = self.store.stats();
        StoreUse {
            path: self.path.clone(),
            state: match stats.state {
                State::Ok => "ok".to_owned(),
                State::Trouble(why) => why,
            },
            events: stats.events_stored,
            disk_bytes: stats.disk_bytes,
            limit_bytes: stats.limit_bytes,
            bytes_per_event: each(stats.block_bytes, stats.sealed_events),
            oldest_ns: stats.oldest_time_ns,
            newest_ns: stats.newest_time_ns,
            durable_sequence: stats.durable_sequence,
            written_bytes: stats.written_bytes,
            pending_bytes: stats.pending_bytes,
            pruned_events: stats.pruned.map_or(0, |pruned| pruned.events),
        }
    }

    fn apply(&self, config: &Config, changes: &[Changed]) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = changes.iter().map(|change| Order::ConfigChanged {
            key: change.key.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
        });
        for order in std::iter::once(Order::Apply(Box::new(config.clone()))).chain(notes) {
            if orders.send(order).is_err() {
                return tracing::warn!("the pipeline has ended; settings stay as they were");
            }
        }
    }
}

/// A recorder that `recorder.enabled = false` keeps from recording.
pub struct Idle {
    /// Directory of the store.
    pub path: PathBuf,
}

impl Machine for Idle {
    fn probing(&self) -> Probing {
        Probing::default()
    }
    fn ledger(&self) -> Vec<Balance> {
        Vec::new()
    }
    fn store(&self) -> StoreUse {
        StoreUse { path: self.path.clone(), state: "not open".to_owned(), ..StoreUse::default() }
    }
    fn apply(&self, _config: &Config, _changes: &[Changed]) {}
}

/// Bytes for each event; `None` before there is one.
pub fn each(bytes: u64, events: u64) -> Option<f64> {
    (events > 0).then(|| bytes as f64 / events as f64)
}
