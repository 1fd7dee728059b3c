// SPDX-License-Identifier: Apache-2.0
//! What the writer and its two threads share: queues with a bound, counters, and why it is stuck.
use super::{Options, SKIP, State, Stats};
use crate::store::FileIdentity;
use crate::store::block::encoder::RawBlock;
use crate::store::journal::Frame;
use crate::store::number::long;
use crate::store::tables::{Progress, Pruned, Tables};
use std::collections::VecDeque;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A hash to remember.
pub type FileHash = (FileIdentity, [u8; 32]);

/// Work for the threads.
#[derive(Debug, Default)]
pub struct Queues {
    /// Frames for the journal, in order.
    pub frames: VecDeque<Frame>,
    /// Blocks to seal, in order.
    pub blocks: VecDeque<RawBlock>,
    /// Hashes to remember.
    pub hashes: Vec<FileHash>,
    /// `Some(orderly)` once the writer stops.
    pub stop: Option<bool>,
    /// The sealer is done.
    pub sealed_all: bool,
    spare_frames: Vec<Vec<u8>>,
    spare_blocks: Vec<RawBlock>,
}

/// Figures that change with every sealed block.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableFigures {
    /// Where the writer stands.
    pub events: u64,
    /// Bytes of blocks.
    pub block_bytes: u64,
    /// Bytes in use.
    pub used_bytes: u64,
    /// Oldest sealed event.
    pub oldest_time_ns: Option<u64>,
    /// What retention removed.
    pub pruned: Option<Pruned>,
}

/// One writer's shared state.
pub struct Shared {
    /// Directory of the store.
    pub path: PathBuf,
    /// Its settings.
    pub options: Options,
    /// Its tables.
    pub tables: Tables,
    /// Device and inode of the tables' file.
    identity: Option<(u64, u64)>,
    queues: Mutex<Queues>,
    commit: Condvar,
    seal: Condvar,
    /// Next sequence number.
    pub next: AtomicU64,
    /// Time of the last row; 0 before the first.
    pub newest: AtomicU64,
    first: u64,
    durable: AtomicU64,
    sealed_to: AtomicU64,
    sealed_generation: AtomicU64,
    pending: AtomicU64,
    /// Bytes written by this writer.
    pub written: AtomicU64,
    figures: Mutex<TableFigures>,
    trouble: Mutex<[Option<String>; 2]>,
}

/// The two that can be in trouble.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The journal.
    Journal,
    /// The tables.
    Tables,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("path", &self.path).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// At the start of a writer.
    pub fn new(
        path: PathBuf,
        options: Options,
        tables: Tables,
        progress: &Progress,
        figures: TableFigures,
        next: u64,
    ) -> Shared {
        Shared {
            identity: identity(&path),
            path,
            options,
            tables,
            queues: Mutex::default(),
            commit: Condvar::new(),
            seal: Condvar::new(),
            next: AtomicU64::new(next),
            newest: AtomicU64::new(progress.last_time),
            first: next,
            durable: AtomicU64::new(progress.last_end),
            sealed_to: AtomicU64::new(progress.sealed_to),
            sealed_generation: AtomicU64::new(progress.generation),
            pending: AtomicU64::new(0),
            written: AtomicU64::new(0),
            figures: Mutex::new(figures),
            trouble: Mutex::default(),
        }
    }

    /// Whether the tables' file is still the one under the store's path. Writing to a removed
    /// file succeeds, and would make rows durable that nobody can ever read.
    pub fn in_place(&self) -> bool {
        identity(&self.path) == self.identity
    }

    /// Whether another row may wait in memory.
    #[inline]
    pub fn has_room(&self, next: u64) -> bool {
        let limit = u64::from(self.options.memory_mb) << 20;
        let durable = self.durable.load(Relaxed).max(self.first);
        self.pending.load(Relaxed) < limit && next.saturating_sub(durable) < SKIP / 2
    }

    /// Memory to build the next frame in.
    pub fn spare_frame(&self) -> Vec<u8> {
        lock(&self.queues).spare_frames.pop().unwrap_or_default()
    }

    /// Memory to build the next block in.
    pub fn spare_block(&self) -> RawBlock {
        lock(&self.queues).spare_blocks.pop().unwrap_or_default()
    }

    /// Gives memory back.
    pub fn reuse_frame(&self, mut bytes: Vec<u8>) {
        let mut queues = lock(&self.queues);
        if queues.spare_frames.len() < 4 {
            bytes.clear();
            queues.spare_frames.push(bytes);
        }
    }

    /// Gives memory back.
    pub fn reuse_block(&self, mut block: RawBlock) {
        let mut queues = lock(&self.queues);
        if queues.spare_blocks.is_empty() {
            block.clear();
            queues.spare_blocks.push(block);
        }
    }

    /// Hands a frame to the commit thread.
    pub fn push_frame(&self, frame: Frame) {
        self.pending.fetch_add(long(frame.bytes.len()), Relaxed);
        lock(&self.queues).frames.push_back(frame);
        self.commit.notify_one();
    }

    /// Hands a block to the sealer.
    pub fn push_block(&self, block: RawBlock) {
        self.pending.fetch_add(long(block.size()), Relaxed);
        lock(&self.queues).blocks.push_back(block);
        self.seal.notify_one();
    }

    /// Memory that is no longer waiting.
    pub fn released(&self, bytes: usize) {
        self.pending.fetch_sub(long(bytes), Relaxed);
    }

    /// Memory that waits in another form.
    pub fn holding(&self, bytes: usize) {
        self.pending.fetch_add(long(bytes), Relaxed);
    }

    /// Remembers a hash.
    pub fn push_hash(&self, file: FileIdentity, hash: [u8; 32]) {
        let mut queues = lock(&self.queues);
        // A bound, because a disk in trouble takes none: a hash can be made again.
        if queues.hashes.len() < 65536 {
            queues.hashes.push((file, hash));
        }
    }

    /// The hash of a file's content, if it is known.
    pub fn hash(&self, file: &FileIdentity) -> Option<[u8; 32]> {
        let waiting = lock(&self.queues);
        let found = waiting.hashes.iter().rev().find(|(known, _)| known == file);
        if let Some((_, hash)) = found {
            return Some(*hash);
        }
        drop(waiting);
        let txn = self.tables.read().ok()?;
        self.tables.hash(&txn, file).ok().flatten()
    }

    /// Takes frames as soon as there are some, or after `wait`.
    pub fn take_frames(&self, wait: Duration, out: &mut Vec<Frame>) -> Option<bool> {
        let mut queues = lock(&self.queues);
        if queues.frames.is_empty() && queues.stop.is_none() {
            let waited = self.commit.wait_timeout(queues, wait);
            queues = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        out.extend(queues.frames.drain(..));
        queues.stop
    }

    /// Waits for a change of the sealed generation, or `wait`.
    pub fn pause_commit(&self, wait: Duration) {
        let queues = lock(&self.queues);
        drop(self.commit.wait_timeout(queues, wait));
    }

    /// Takes the next block, if it is wanted, and all hashes; waits at most `wait` for a block.
    pub fn take_block(
        &self,
        wait: Duration,
        wanted: bool,
    ) -> (Option<RawBlock>, Vec<FileHash>, Option<bool>) {
        let mut queues = lock(&self.queues);
        if queues.blocks.is_empty() && queues.stop.is_none() {
            let waited = self.seal.wait_timeout(queues, wait);
            queues = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let hashes = std::mem::take(&mut queues.hashes);
        let block = if wanted { queues.blocks.pop_front() } else { None };
        (block, hashes, queues.stop)
    }

    /// Whether blocks wait to be sealed.
    pub fn has_blocks(&self) -> bool {
        !lock(&self.queues).blocks.is_empty()
    }

    /// Pauses the sealer after a failure; a stop wakes it.
    pub fn pause_seal(&self, wait: Duration) {
        let queues = lock(&self.queues);
        if queues.stop.is_none() {
            drop(self.seal.wait_timeout(queues, wait));
        } else {
            drop(queues);
            std::thread::sleep(wait.min(Duration::from_millis(100)));
        }
    }

    /// Ends both threads.
    pub fn stop(&self, orderly: bool) {
        lock(&self.queues).stop = Some(orderly);
        self.commit.notify_all();
        self.seal.notify_all();
    }

    /// The sealer has ended.
    pub fn seal_ended(&self) {
        lock(&self.queues).sealed_all = true;
        self.commit.notify_all();
    }

    /// Whether the sealer has ended.
    pub fn has_seal_ended(&self) -> bool {
        lock(&self.queues).sealed_all
    }

    /// Generation up to which blocks are in the tables.
    pub fn sealed_generation(&self) -> u64 {
        self.sealed_generation.load(Relaxed)
    }

    /// Sequence up to which blocks are in the tables.
    pub fn sealed_to(&self) -> u64 {
        self.sealed_to.load(Relaxed)
    }

    /// Blocks up to here are in the tables.
    pub fn sealed(&self, progress: &Progress, figures: TableFigures) {
        *lock(&self.figures) = figures;
        self.sealed_to.store(progress.sealed_to, Relaxed);
        self.sealed_generation.store(progress.generation, Relaxed);
        self.durable.fetch_max(progress.sealed_to, Relaxed);
        self.commit.notify_all();
    }

    /// Rows below `end` survive a power cut.
    pub fn made_durable(&self, end: u64) {
        self.durable.fetch_max(end, Relaxed);
    }

    /// Sets or clears why a part is stuck.
    pub fn set_trouble(&self, part: Part, why: Option<String>) {
        lock(&self.trouble)[part as usize] = why;
    }

    fn state(&self) -> State {
        let trouble = lock(&self.trouble);
        let why = trouble.iter().flatten().next();
        why.map_or(State::Ok, |why| State::Trouble(why.clone()))
    }

    /// Figures of this moment.
    pub fn stats(&self) -> Stats {
        let figures = *lock(&self.figures);
        let next = self.next.load(Relaxed);
        let sealed_to = self.sealed_to.load(Relaxed).max(self.first);
        let durable = self.durable.load(Relaxed);
        Stats {
            events_stored: figures.events + next.saturating_sub(sealed_to),
            appended: next - self.first,
            durable_sequence: durable.checked_sub(1),
            next_sequence: next,
            disk_bytes: disk_bytes(&self.path),
            used_bytes: figures.used_bytes,
            limit_bytes: self.tables.limit_bytes(),
            written_bytes: self.written.load(Relaxed),
            sealed_events: figures.events,
            block_bytes: figures.block_bytes,
            oldest_time_ns: figures.oldest_time_ns,
            newest_time_ns: Some(self.newest.load(Relaxed)).filter(|time| *time > 0),
            pruned: figures.pruned,
            pending_bytes: self.pending.load(Relaxed),
            state: self.state(),
        }
    }
}

fn identity(dir: &std::path::Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(dir.join("data.mdb")).ok()?;
    Some((found.dev(), found.ino()))
}

/// Bytes the files of a store occupy.
pub fn disk_bytes(dir: &std::path::Path) -> u64 {
    let files = ["journal", "data.mdb", "lock.mdb", "writer.lock"];
    let sizes = files.iter().filter_map(|file| std::fs::metadata(dir.join(file)).ok());
    sizes.map(|found| found.blocks() * 512).sum()
}
