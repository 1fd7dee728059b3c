// SPDX-License-Identifier: Apache-2.0
//! The writer: rows go into memory here, two threads of its own take them to the disk.
//!
//! `append` never waits for a disk. The commit thread writes and syncs journal frames; the sealer
//! compresses full blocks and puts them into the tables. When the disk fails both keep what they
//! hold and try again; when the memory set aside for that is used up, `append` says `Full`.
use super::block::encoder::Encoder;
use super::journal::{FrameBuilder, SLOTS};
use super::tables::Pruned;
use super::{FileIdentity, Row, StoreError};
use common::value::{BootTime, Time};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

mod commit;
mod open;
mod seal;
mod shared;

use shared::Shared;
pub use shared::disk_bytes;

/// A frame this large goes to the commit thread without being asked for.
const FRAME_BYTES: usize = 128 << 10;
/// Room for one row's worst case in a journal slot: two tails and what surrounds them.
const ROW_BYTES_MAX: usize = 136 << 10;
/// Numbers that are passed over after an unclean stop; more rows than half of this are never
/// waiting to become durable, so no number can have been seen by anyone and be given again.
const SKIP: u64 = 1 << 20;

/// How a store is kept; the settings of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The store never exceeds this on disk, MiB; 0 is unlimited.
    pub max_size_mb: u64,
    /// Size of the journal, MiB; small stores get a smaller one.
    pub journal_mb: u32,
    /// Older history is removed, days.
    pub max_age_days: u32,
    /// How far below the limit one prune goes, percent.
    pub prune_extra_percent: u8,
    /// The most history that a power cut may cost, milliseconds.
    pub commit_interval_ms: u32,
    /// Times are kept in this unit, nanoseconds: 1000 or 1.
    pub time_unit_ns: u32,
    /// Memory for rows that the disk does not take, MiB.
    pub memory_mb: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            max_size_mb: 1024,
            journal_mb: 8,
            max_age_days: 90,
            prune_extra_percent: 10,
            commit_interval_ms: 500,
            time_unit_ns: 1000,
            memory_mb: 16,
        }
    }
}

/// Why a row was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The disk does not take rows and the memory set aside for them is used up.
    Full,
    /// The bytes do not fit their field table, or the texts are longer than spans can address.
    Malformed,
}

/// What opening found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The last writer stopped in order (or there was none).
    pub clean: bool,
    /// There was no store.
    pub new_store: bool,
    /// Last event that was kept.
    pub last_sequence: Option<u64>,
    /// Its time, nanoseconds since 1970.
    pub last_time_ns: Option<u64>,
    /// Number of the next event; after an unclean stop numbers were passed over.
    pub next_sequence: u64,
    /// Rows that were found in the journal and sealed.
    pub rows_from_journal: u64,
}

/// Whether the disk takes what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Ok,
    /// It does not, for this reason; it is tried again by itself.
    Trouble(String),
}

/// A writer's figures.
#[derive(Clone, Debug)]
pub struct Stats {
    /// Events in the store now, sealed or not.
    pub events_stored: u64,
    /// Rows this writer took.
    pub appended: u64,
    /// Last number that survives a power cut.
    pub durable_sequence: Option<u64>,
    /// Number of the next event.
    pub next_sequence: u64,
    /// Bytes of all files of the store.
    pub disk_bytes: u64,
    /// Bytes in use inside the tables.
    pub used_bytes: u64,
    /// Most bytes the tables may grow to.
    pub limit_bytes: u64,
    /// Bytes this writer wrote: frames and blocks.
    pub written_bytes: u64,
    /// Events in blocks.
    pub sealed_events: u64,
    /// Bytes of those blocks.
    pub block_bytes: u64,
    /// Time of the oldest sealed event.
    pub oldest_time_ns: Option<u64>,
    /// Time of the newest event.
    pub newest_time_ns: Option<u64>,
    /// What retention removed, ever.
    pub pruned: Option<Pruned>,
    /// Bytes waiting in memory for the disk.
    pub pending_bytes: u64,
    /// Whether the disk takes what it is given.
    pub state: State,
}

/// The one writer of a store.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    encoder: Encoder,
    frames: FrameBuilder,
    generation: u64,
    next: u64,
    slot_bytes: usize,
    unit_ns: u64,
    threads: Vec<JoinHandle<()>>,
    /// Held for as long as this process writes.
    lock: File,
    path: PathBuf,
}

impl Writer {
    /// Opens the store under `dir`, making it when there is none; seals what a crash left in the
    /// journal first.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another process writes, [`StoreError::Format`] for a store of
    /// another format, else what the system said, with the path.
    pub fn open(dir: &Path, options: Options) -> Result<(Writer, Recovered), StoreError> {
        open::open(dir, options)
    }

    /// Adds one row and gives its number. Works in memory only.
    ///
    /// # Errors
    /// [`Refused`]; the row is not stored and no number was used.
    pub fn append(&mut self, row: &Row<'_>) -> Result<u64, Refused> {
        self.encoder.check(row).map_err(|_| Refused::Malformed)?;
        if !self.shared.has_room(self.next) {
            return Err(Refused::Full);
        }
        if self.frames.generation_len() + ROW_BYTES_MAX > self.slot_bytes {
            self.seal();
        }
        let mut row = *row;
        if self.unit_ns > 1 && row.head.time.0 != u64::MAX {
            let rest = row.head.time.0 % self.unit_ns;
            row.head.time = Time(row.head.time.0 - rest);
            if row.head.boot_time.0 != u64::MAX {
                // Both clocks lose the same, so that their distance stays what it was.
                row.head.boot_time = BootTime(row.head.boot_time.0.saturating_sub(rest));
            }
        }
        let sequence = self.next;
        self.next += 1;
        self.encoder.push(&row, sequence);
        self.frames.push(&row, sequence);
        self.shared.next.store(self.next, Relaxed);
        self.shared.newest.store(row.head.time.0, Relaxed);
        if self.encoder.is_full() {
            self.seal();
        } else if self.frames.len() >= FRAME_BYTES {
            self.publish();
        }
        Ok(sequence)
    }

    /// Hands what was appended to the commit thread: readers see it at once, and it is durable
    /// within the commit interval. Call it after each batch.
    pub fn publish(&mut self) {
        let spare = self.shared.spare_frame();
        if let Some(frame) = self.frames.finish(self.generation, spare) {
            self.shared.push_frame(frame);
        }
    }

    /// Ends the current block, full or not; the sealer takes it from here.
    pub fn seal(&mut self) {
        if self.encoder.rows() == 0 {
            return;
        }
        self.publish();
        let block = self.encoder.take(self.generation, self.shared.spare_block());
        self.generation += 1;
        self.frames.next_generation();
        self.shared.push_block(block);
    }

    /// Remembers the hash of a file's content, as [`Hashes::put`].
    pub fn put_hash(&self, file: FileIdentity, hash: [u8; 32]) {
        self.shared.push_hash(file, hash);
    }

    /// A handle for hashes, for any thread.
    pub fn hashes(&self) -> Hashes {
        Hashes { shared: Arc::clone(&self.shared) }
    }

    /// A handle for figures, for any thread.
    pub fn watch(&self) -> Watch {
        Watch { shared: Arc::clone(&self.shared) }
    }

    /// Figures of this moment.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Seals what is left and marks the stop as orderly.
    ///
    /// # Errors
    /// [`StoreError::Unsaved`] when the disk does not take it in time: the rest is as after a
    /// crash, and the next start says so.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.seal();
        self.shared.stop(true);
        self.join();
        let stats = self.shared.stats();
        let unsaved = self.next.saturating_sub(self.shared.sealed_to());
        match stats.state {
            State::Trouble(why) if unsaved > 0 => {
                Err(StoreError::Unsaved { path: self.path.clone(), events: unsaved, why })
            }
            _ => Ok(()),
        }
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            // A panic there was already reported by the thread itself.
            drop(thread.join());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.publish();
            self.shared.stop(false);
            self.join();
        }
        drop(self.lock.unlock());
    }
}

/// Reads and adds hashes of files.
#[derive(Clone, Debug)]
pub struct Hashes {
    shared: Arc<Shared>,
}

impl Hashes {
    /// The hash of a file's content, if it is known.
    pub fn get(&self, file: &FileIdentity) -> Option<[u8; 32]> {
        self.shared.hash(file)
    }

    /// Remembers a hash; it is written with the next block, or within a second.
    pub fn put(&self, file: FileIdentity, hash: [u8; 32]) {
        self.shared.push_hash(file, hash);
    }
}

/// Shows a writer's figures.
#[derive(Clone, Debug)]
pub struct Watch {
    shared: Arc<Shared>,
}

impl Watch {
    /// Figures of this moment.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }
}

/// Generations that may be in the journal at once.
const GENERATIONS: u64 = SLOTS;
