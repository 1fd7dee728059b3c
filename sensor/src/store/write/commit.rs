// SPDX-License-Identifier: Apache-2.0
//! The commit thread: frames into the journal as they come, one sync for all of an interval.
use super::GENERATIONS;
use super::shared::{Part, Shared};
use crate::store::journal::{Frame, JournalFile};
use crate::store::number::long;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// Bytes written without a sync, at most: what a failed sync must be able to write again.
const UNSYNCED_MAX: usize = 2 << 20;
/// Pause after a failure.
const RETRY: Duration = Duration::from_millis(500);

/// State of the thread.
pub struct Committer<'a> {
    shared: &'a Shared,
    journal: JournalFile,
    /// Frames not yet written.
    waiting: Vec<Frame>,
    /// Frames written and not yet synced.
    unsynced: Vec<Frame>,
    last_sync: Instant,
    interval: Duration,
}

impl<'a> Committer<'a> {
    /// Begins with an empty journal.
    pub fn new(shared: &'a Shared, journal: JournalFile) -> Self {
        let interval = Duration::from_millis(u64::from(shared.options.commit_interval_ms));
        let (waiting, unsynced) = (Vec::new(), Vec::new());
        Committer { shared, journal, waiting, unsynced, last_sync: Instant::now(), interval }
    }

    /// Runs until the writer stops.
    pub fn run(mut self) {
        loop {
            let wait = self.interval.saturating_sub(self.last_sync.elapsed());
            let wait = if self.unsynced.is_empty() { Duration::from_secs(1) } else { wait };
            let stop = self.shared.take_frames(wait, &mut self.waiting);
            let wrote = self.write();
            let due = self.last_sync.elapsed() >= self.interval || stop.is_some();
            let synced =
                if due || self.unsynced_bytes() > UNSYNCED_MAX { self.sync() } else { true };
            if let Some(orderly) = stop {
                // An orderly stop seals everything, so the sealer decides when it is over; without
                // it the frames are all there is, and one more try is all a stop can wait for.
                if !orderly || self.shared.has_seal_ended() {
                    return;
                }
                self.shared.pause_commit(Duration::from_millis(20));
            } else if !wrote || !synced {
                self.shared.pause_commit(RETRY);
            }
        }
    }

    fn unsynced_bytes(&self) -> usize {
        self.unsynced.iter().map(|frame| frame.bytes.len()).sum()
    }

    /// Writes what may be written; false when the disk refused.
    fn write(&mut self) -> bool {
        let sealed = self.shared.sealed_generation();
        let mut refused = None;
        let mut left = Vec::new();
        for frame in std::mem::take(&mut self.waiting) {
            if frame.generation <= sealed {
                self.release(frame); // in the tables already
            } else if refused.is_some() || frame.generation > sealed + GENERATIONS {
                left.push(frame); // its slot is still in use, or order would be lost
            } else {
                match self.journal.write(&frame) {
                    Ok(()) => {
                        self.shared.written.fetch_add(long(frame.bytes.len()), Relaxed);
                        self.unsynced.push(frame);
                    }
                    Err(why) => {
                        refused = Some(why);
                        left.push(frame);
                    }
                }
            }
        }
        self.waiting = left;
        if let Some(why) = &refused {
            self.shared.set_trouble(Part::Journal, Some(format!("journal: {why}")));
        }
        refused.is_none()
    }

    fn sync(&mut self) -> bool {
        self.last_sync = Instant::now();
        if !self.journal.in_place() {
            let why = "journal: the store's directory was removed or replaced".to_owned();
            self.shared.set_trouble(Part::Journal, Some(why));
            return false;
        }
        if self.unsynced.is_empty() {
            if self.waiting.is_empty() {
                self.shared.set_trouble(Part::Journal, None);
            }
            return true;
        }
        if let Err(why) = self.journal.sync() {
            // The kernel may have dropped the pages it could not write: write them again.
            self.journal.rewind(&self.unsynced);
            let mut frames = std::mem::take(&mut self.unsynced);
            frames.append(&mut self.waiting);
            self.waiting = frames;
            self.shared.set_trouble(Part::Journal, Some(format!("journal: {why}")));
            return false;
        }
        let end = self.unsynced.last().map_or(0, |frame| frame.end);
        self.shared.made_durable(end);
        for frame in std::mem::take(&mut self.unsynced) {
            self.release(frame);
        }
        self.shared.set_trouble(Part::Journal, None);
        true
    }

    fn release(&self, frame: Frame) {
        self.shared.released(frame.bytes.len());
        self.shared.reuse_frame(frame.bytes);
    }
}
