// SPDX-License-Identifier: Apache-2.0
//! Readers: any process, while the store is written and after.
//!
//! A reader copies a block and lets go of LMDB at once, so a slow consumer never keeps pages from
//! being used again. The journal is copied before the sealed blocks are looked at: a row moves
//! from the first to the second only, so none is missed, and its number says when it is seen twice.
use super::block::Block;
use super::block::segment::Segment;
use super::journal::JournalView;
use super::number::Broken;
use super::tables::{
    BlockKey, FORMAT, Gap, Pruned, Summary, Tables, block_key, read_summary, split_key,
};
use super::write::disk_bytes;
use super::{FileIdentity, StoreError};
use common::event::Kind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod process;
mod scan;

pub use process::ProcessEntry;
pub use scan::{KindSet, Scan, ScanReport};

/// How often a waiting reader looks.
const LOOK: Duration = Duration::from_millis(25);

/// Reads a store.
pub struct Reader {
    dir: PathBuf,
    tables: Tables,
    journal: JournalView,
    segment: Segment,
}

/// What a store holds, without a recorder's help.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Events, sealed or not.
    pub events: u64,
    /// Time of the oldest event.
    pub oldest_time_ns: Option<u64>,
    /// Time of the newest event.
    pub newest_time_ns: Option<u64>,
    /// Sealed blocks.
    pub blocks: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of sealed blocks.
    pub block_bytes: u64,
    /// Events in sealed blocks.
    pub sealed_events: u64,
    /// Bytes in use inside the tables.
    pub used_bytes: u64,
    /// Bytes in use for each sealed event, with everything it refers to; 0 without events.
    pub bytes_per_event: f64,
    /// Version of the store's format.
    pub format: u32,
    /// Most bytes the tables may grow to.
    pub limit_bytes: u64,
    /// Bytes of all files.
    pub disk_bytes: u64,
    /// What retention removed, ever.
    pub pruned: Option<Pruned>,
    /// Ranges of numbers that were never given: from, up to and without.
    pub gaps: Vec<(u64, u64)>,
    /// Whether the last writer stopped in order; false while one is writing.
    pub clean: bool,
    /// Events by kind.
    pub kinds: Vec<(Kind, u64)>,
}

impl Reader {
    /// Opens the store under `dir`.
    ///
    /// # Errors
    /// [`StoreError::NoStore`], [`StoreError::Format`], or what the system said.
    pub fn open(dir: &Path) -> Result<Reader, StoreError> {
        if !dir.join("data.mdb").exists() {
            return Err(StoreError::NoStore { path: dir.to_path_buf() });
        }
        let tables = Tables::open(dir)?;
        let journal = JournalView::new(dir);
        Ok(Reader { dir: dir.to_path_buf(), tables, journal, segment: Segment::new(0) })
    }

    fn failed(&self, why: &heed::Error) -> StoreError {
        StoreError::tables(&self.dir, why)
    }

    fn damaged(&self, segment: u32, index: u16, why: Broken) -> StoreError {
        let dir = self.dir.display();
        StoreError::Damaged {
            place: format!("{dir}: segment {segment}: block {index}"),
            why: why.0,
        }
    }

    /// Events below this sequence are in blocks (or gone).
    fn sealed_to(&self) -> Result<u64, StoreError> {
        let progress = self.tables.read().and_then(|txn| self.tables.progress(&txn));
        progress.map(|progress| progress.sealed_to).map_err(|why| self.failed(&why))
    }

    /// The next summary in a direction, from a key or from the edge.
    fn next_summary(
        &self,
        from: Option<BlockKey>,
        backwards: bool,
        wanted: impl Fn(&Summary) -> bool,
        skipped: &mut u64,
    ) -> Result<Option<(BlockKey, Summary)>, StoreError> {
        let failed = |why| self.failed(&why);
        let txn = self.tables.read().map_err(failed)?;
        let mut from = from;
        loop {
            let entry = match from {
                None => self.tables.edge(&txn, backwards),
                Some(key) => self.tables.neighbour(&txn, &key, backwards),
            };
            let Some((key, bytes)) = entry.map_err(failed)? else { return Ok(None) };
            let (segment, index) = split_key(key).map_err(|why| self.damaged(0, 0, why))?;
            let summary = read_summary(bytes).map_err(|why| self.damaged(segment, index, why))?;
            let key = block_key(segment, index);
            if wanted(&summary) {
                return Ok(Some((key, summary)));
            }
            *skipped += 1;
            from = Some(key);
        }
    }

    /// Makes the segment's blocks up to `index` available; false when retention took them.
    fn load(&mut self, key: &BlockKey) -> Result<bool, StoreError> {
        let (segment, index) = split_key(key).map_err(|why| self.damaged(0, 0, why))?;
        if self.segment.number != segment {
            self.segment = Segment::new(segment);
        }
        while self.segment.len() <= usize::from(index) {
            let place = u16::try_from(self.segment.len()).unwrap_or(u16::MAX);
            let block = {
                let failed = |why| self.failed(&why);
                let txn = self.tables.read().map_err(failed)?;
                let bytes = self.tables.block(&txn, &block_key(segment, place)).map_err(failed)?;
                let Some(bytes) = bytes else { return Ok(false) };
                Block::parse(bytes)
            };
            let pushed = block.and_then(|block| self.segment.push(block));
            pushed.map_err(|why| self.damaged(segment, place, why))?;
        }
        Ok(true)
    }

    /// The SHA-256 of a file's content, if the store knows it.
    ///
    /// # Errors
    /// What LMDB says.
    pub fn hash_of(&self, file: &FileIdentity) -> Result<Option<[u8; 32]>, StoreError> {
        let found = self.tables.read().and_then(|txn| self.tables.hash(&txn, file));
        found.map_err(|why| self.failed(&why))
    }

    /// Number of the newest event.
    ///
    /// # Errors
    /// What the system says.
    pub fn last_sequence(&mut self) -> Result<Option<u64>, StoreError> {
        self.journal.refresh()?;
        let sealed_to = self.sealed_to()?;
        if let Some(slot) = self.journal.following(sealed_to).last() {
            return Ok(slot.sequences().end.checked_sub(1));
        }
        let mut skipped = 0;
        let last = self.next_summary(None, true, |_| true, &mut skipped)?;
        Ok(last.and_then(|(_, summary)| summary.end().checked_sub(1)))
    }

    /// Waits for an event after `sequence`; false when none came within `timeout`.
    ///
    /// # Errors
    /// What the system says.
    pub fn wait_beyond(&mut self, sequence: u64, timeout: Duration) -> Result<bool, StoreError> {
        let start = Instant::now();
        loop {
            if self.last_sequence()?.is_some_and(|last| last > sequence) {
                return Ok(true);
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    /// What the store holds.
    ///
    /// # Errors
    /// What the system says.
    pub fn overview(&mut self) -> Result<Overview, StoreError> {
        self.journal.refresh()?;
        let dir = self.dir.clone();
        let failed = |why: heed::Error| StoreError::tables(&dir, &why);
        let txn = self.tables.read().map_err(failed)?;
        let progress = self.tables.progress(&txn).map_err(failed)?;
        let mut overview = Overview {
            events: 0,
            oldest_time_ns: None,
            newest_time_ns: None,
            blocks: 0,
            segments: 0,
            block_bytes: progress.block_bytes,
            sealed_events: progress.events,
            used_bytes: self.tables.used_bytes(&txn).map_err(failed)?,
            limit_bytes: self.tables.limit_bytes(),
            disk_bytes: disk_bytes(&self.dir),
            pruned: self.tables.pruned(&txn).map_err(failed)?,
            gaps: self.tables.gaps(&txn).map_err(failed)?.iter().map(gap_range).collect(),
            clean: progress.clean,
            kinds: Vec::new(),
            bytes_per_event: 0.0,
            format: FORMAT,
        };
        if overview.sealed_events > 0 {
            overview.bytes_per_event = overview.used_bytes as f64 / overview.sealed_events as f64;
        }
        let mut counts = std::collections::BTreeMap::new();
        let mut segment = None;
        for entry in self.tables.summaries(&txn).map_err(failed)? {
            let (key, bytes) = entry.map_err(failed)?;
            let (number, index) = split_key(key).map_err(|why| self.damaged(0, 0, why))?;
            let summary = read_summary(bytes).map_err(|why| self.damaged(number, index, why))?;
            overview.blocks += 1;
            overview.segments += u64::from(segment != Some(number));
            segment = Some(number);
            overview.events += u64::from(summary.events);
            overview.see_time(summary.min_time);
            overview.see_time(summary.max_time);
            for (kind, n) in &summary.kinds {
                *counts.entry(*kind).or_insert(0) += u64::from(*n);
            }
        }
        for slot in self.journal.generations() {
            for row in (0..).map_while(|place| slot.row(place)) {
                if row.head.sequence >= progress.sealed_to {
                    overview.events += 1;
                    overview.see_time(row.head.time.0);
                    *counts.entry(row.kind as u32).or_insert(0) += 1;
                }
            }
        }
        let known = |(id, n)| Kind::from_id(id).map(|kind| (kind, n));
        overview.kinds = counts.into_iter().filter_map(known).collect();
        Ok(overview)
    }
}

impl Overview {
    fn see_time(&mut self, time: u64) {
        self.oldest_time_ns = Some(self.oldest_time_ns.map_or(time, |oldest| oldest.min(time)));
        self.newest_time_ns = self.newest_time_ns.max(Some(time));
    }
}

fn gap_range(gap: &Gap) -> (u64, u64) {
    (gap.from, gap.to)
}
