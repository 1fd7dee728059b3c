// SPDX-License-Identifier: Apache-2.0
//! The sealer thread: raw blocks become compressed blocks, blocks go into the tables, and the
//! oldest history leaves when the limits say so.
use super::shared::{Part, Shared, TableFigures};
use crate::store::FileIdentity;
use crate::store::block::encoder::RawBlock;
use crate::store::block::seal::{Sealed, Sealer};
use crate::store::number::long;
use crate::store::retention::{self, Limits};
use crate::store::tables::{Progress, Tables, block_key, read_summary};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Pause after a failure.
const RETRY: Duration = Duration::from_millis(500);
/// How long hashes wait for a block to be written with.
const HASH_WAIT: Duration = Duration::from_millis(500);
/// How often age is looked at when nothing is sealed.
const AGE_CHECK: Duration = Duration::from_secs(60);
/// How long an orderly stop may take with a disk that does not work.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// State of the thread.
pub struct SealThread<'a> {
    shared: &'a Shared,
    sealer: Sealer,
    progress: Progress,
    /// A block that could not be compressed.
    stuck: Option<RawBlock>,
    backlog: Vec<Sealed>,
    hashes: Vec<(FileIdentity, [u8; 32])>,
    age_checked: Instant,
}

/// Puts blocks into the tables and moves the progress on; the caller commits.
pub fn put_blocks(
    tables: &Tables,
    txn: &mut heed::RwTxn<'_>,
    blocks: &[Sealed],
    progress: &Progress,
) -> heed::Result<Progress> {
    let mut progress = progress.clone();
    for block in blocks {
        let summary = &block.summary;
        tables.put_block(txn, &block_key(block.segment, block.index), &block.bytes, summary)?;
        progress.sealed_to = summary.end();
        progress.last_end = summary.end();
        progress.generation = summary.generation;
        progress.next_segment = block.segment + 1;
        progress.last_time = summary.max_time;
        progress.events += u64::from(summary.events);
        progress.block_bytes += long(block.bytes.len());
    }
    tables.put_progress(txn, &progress)?;
    Ok(progress)
}

/// Figures as the tables have them.
pub fn figures(tables: &Tables) -> heed::Result<TableFigures> {
    let txn = tables.read()?;
    let progress = tables.progress(&txn)?;
    let oldest = tables.edge(&txn, false)?;
    let oldest = oldest.and_then(|(_, bytes)| read_summary(bytes).ok());
    Ok(TableFigures {
        events: progress.events,
        block_bytes: progress.block_bytes,
        used_bytes: tables.used_bytes(&txn)?,
        oldest_time_ns: oldest.map(|summary| summary.min_time),
        pruned: tables.pruned(&txn)?,
    })
}

impl<'a> SealThread<'a> {
    /// Goes on from where the tables are.
    pub fn new(shared: &'a Shared, sealer: Sealer, progress: Progress) -> Self {
        let (stuck, backlog, hashes) = (None, Vec::new(), Vec::new());
        SealThread { shared, sealer, progress, stuck, backlog, hashes, age_checked: Instant::now() }
    }

    /// Runs until the writer stops.
    pub fn run(mut self) {
        let mut stopping: Option<Instant> = None;
        loop {
            let wait = if self.backlog.is_empty() { HASH_WAIT } else { Duration::ZERO };
            let (block, hashes, stop) = self.shared.take_block(wait, self.stuck.is_none());
            self.hashes.extend(hashes);
            let block = self.stuck.take().or(block);
            let more = block.is_some() && self.stuck.is_none();
            if let Some(raw) = block {
                self.compress(raw);
                // Blocks that wait already go into one transaction together.
                if self.backlog.len() < 4 && stop.is_none() && self.more_blocks() {
                    continue;
                }
            }
            let done = self.write();
            if let (Some(orderly), false) = (stop, more) {
                let since = *stopping.get_or_insert_with(Instant::now);
                let over = since.elapsed() > STOP_PATIENCE;
                if done && orderly {
                    self.mark_clean();
                }
                if done || over || !orderly {
                    self.shared.seal_ended();
                    return;
                }
            }
            if !done {
                self.shared.pause_seal(RETRY);
            }
        }
    }

    fn more_blocks(&self) -> bool {
        self.shared.has_blocks()
    }

    fn compress(&mut self, raw: RawBlock) {
        let held = raw.size();
        match self.sealer.seal(&raw) {
            Ok(sealed) => {
                self.shared.holding(sealed.bytes.len());
                self.backlog.push(sealed);
            }
            // Only a lack of memory gets here. Nothing after these rows may be sealed before them.
            Err(why) => {
                self.shared.set_trouble(Part::Tables, Some(why.to_string()));
                self.stuck = Some(raw);
                self.shared.pause_seal(RETRY);
                return;
            }
        }
        self.shared.released(held);
        self.shared.reuse_block(raw);
    }

    /// Writes what waits; true when nothing is left.
    fn write(&mut self) -> bool {
        if self.age_checked.elapsed() > AGE_CHECK {
            self.age_checked = Instant::now();
            self.prune();
        }
        if self.backlog.is_empty() && self.hashes.is_empty() {
            return true;
        }
        match self.commit() {
            Ok(()) => {
                self.shared.set_trouble(Part::Tables, None);
                self.prune();
                true
            }
            Err(heed::Error::Mdb(heed::MdbError::MapFull)) if self.make_room() => self.write(),
            Err(why) => {
                self.shared.set_trouble(Part::Tables, Some(format!("tables: {why}")));
                false
            }
        }
    }

    fn commit(&mut self) -> heed::Result<()> {
        if !self.shared.in_place() {
            let gone = "the store's directory was removed or replaced";
            return Err(heed::Error::Io(std::io::Error::new(std::io::ErrorKind::NotFound, gone)));
        }
        let tables = &self.shared.tables;
        let mut txn = tables.write()?;
        let progress = put_blocks(tables, &mut txn, &self.backlog, &self.progress)?;
        for (file, hash) in &self.hashes {
            tables.put_hash(&mut txn, file, hash)?;
        }
        txn.commit()?;
        self.progress = progress;
        self.hashes.clear();
        for block in self.backlog.drain(..) {
            self.shared.released(block.bytes.len());
            self.shared.written.fetch_add(long(block.bytes.len()), Relaxed);
        }
        self.publish_figures();
        Ok(())
    }

    fn publish_figures(&self) {
        if let Ok(figures) = figures(&self.shared.tables) {
            self.shared.sealed(&self.progress, figures);
        }
    }

    fn limits(&self) -> Limits {
        let options = &self.shared.options;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let age = Duration::from_secs(u64::from(options.max_age_days) * 86_400);
        let oldest = now.saturating_sub(age).as_nanos();
        Limits {
            bytes: self.shared.tables.limit_bytes(),
            extra_percent: u64::from(options.prune_extra_percent),
            oldest_ns: if options.max_age_days == 0 {
                0
            } else {
                u64::try_from(oldest).unwrap_or(0)
            },
        }
    }

    fn prune(&mut self) {
        let limits = self.limits();
        match retention::prune(&self.shared.tables, &limits, &mut self.progress) {
            Ok(false) => {}
            Ok(true) => self.publish_figures(),
            Err(why) => self.shared.set_trouble(Part::Tables, Some(format!("pruning: {why}"))),
        }
    }

    /// Removes the oldest segment at once; false when there is none to remove.
    fn make_room(&mut self) -> bool {
        let removed = retention::remove_oldest(&self.shared.tables, &mut self.progress);
        let removed = removed.unwrap_or(false);
        if removed {
            self.publish_figures();
        }
        removed
    }

    fn mark_clean(&mut self) {
        self.progress.clean = true;
        let tables = &self.shared.tables;
        let marked = tables.write().and_then(|mut txn| {
            tables.put_progress(&mut txn, &self.progress)?;
            txn.commit()
        });
        if let Err(why) = marked {
            self.shared.set_trouble(Part::Tables, Some(format!("tables: {why}")));
        }
    }
}
