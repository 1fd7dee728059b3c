// SPDX-License-Identifier: Apache-2.0
//! Runs a plan over the store and hands out events, a batch at a time.
//!
//! A batch ends the store's transaction before anything is printed, so that a slow terminal or a
//! pager never holds pages the recorder wants to reuse. The next batch resumes by sequence.
use super::plan::Plan;
use crate::event::{Event, Joined, Parts};
use crate::store::{FileIdentity, KindSet, Reader, Row, Scan, StoreError};
use common::event::{Context, Kind};
use common::value::Typed;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events copied out before they are shown.
const BATCH_EVENTS: usize = 16 * 1024;
/// Longest a batch collects once it has something to show.
const BATCH_TIME: Duration = Duration::from_millis(500);

/// A history somebody asks.
pub struct History {
    dir: PathBuf,
    reader: Reader,
    hashes: HashMap<Executable, Option<[u8; 32]>>,
    boots: Option<Vec<(u64, Arc<str>)>>,
    host_id: Option<Arc<str>>,
}

type Executable = (u32, u64, u64, u64, u64);

/// Which events of a plan.
#[derive(Clone, Debug)]
pub struct Which {
    /// Newest first, else oldest first.
    pub newest_first: bool,
    /// Stop after so many.
    pub limit: Option<u64>,
    /// Sequence numbers to look at.
    pub sequences: Range<u64>,
}

impl Which {
    /// Newest first, at most so many.
    pub fn newest(limit: Option<u64>) -> Which {
        Which { newest_first: true, limit, sequences: 0..u64::MAX }
    }

    /// Oldest first, at most so many.
    pub fn oldest(limit: Option<u64>) -> Which {
        Which { newest_first: false, limit, sequences: 0..u64::MAX }
    }
}

/// What it took to answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort {
    /// Events that matched.
    pub found: u64,
    /// Rows the store handed over.
    pub rows: u64,
    /// Blocks unpacked.
    pub blocks_read: u64,
    /// Blocks skipped by their summary.
    pub blocks_skipped: u64,
}

impl History {
    /// Opens the store in `dir`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(dir: &Path) -> Result<History, StoreError> {
        let reader = Reader::open(dir)?;
        let id = std::fs::read_to_string("/etc/machine-id").ok();
        let host_id = id.map(|id| Arc::from(id.trim())).filter(|id: &Arc<str>| !id.is_empty());
        Ok(History { dir: dir.into(), reader, hashes: HashMap::new(), boots: None, host_id })
    }

    /// The store's reader, for questions that are not about single events.
    pub fn reader(&mut self) -> &mut Reader {
        &mut self.reader
    }

    /// Opens the store again, after it was replaced or the recorder restarted.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        self.reader = Reader::open(&self.dir)?;
        self.boots = None;
        Ok(())
    }

    /// Hands every matching event to `each`, in order, until it breaks.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn events<E: From<StoreError>>(
        &mut self,
        plan: &Plan,
        which: &Which,
        each: &mut dyn FnMut(Event) -> Result<ControlFlow<()>, E>,
    ) -> Result<Effort, E> {
        let mut effort = Effort::default();
        let mut sequences = which.sequences.clone();
        let mut left = which.limit.unwrap_or(u64::MAX);
        while left > 0 && !sequences.is_empty() {
            let mut batch = Vec::new();
            let most = BATCH_EVENTS.min(usize::try_from(left).unwrap_or(BATCH_EVENTS));
            let began = Instant::now();
            let mut last = None;
            let mut take = |parts: &Parts<'_>| {
                last = Some(parts.head.sequence);
                batch.push(parts.to_event());
                match batch.len() >= most || began.elapsed() > BATCH_TIME {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let whole = self.scan(plan, which, sequences.clone(), &mut effort, &mut take)?;
            left -= u64::try_from(batch.len()).unwrap_or(0).min(left);
            for mut event in batch {
                self.join(&mut event)?;
                effort.found += 1;
                if each(event)?.is_break() {
                    return Ok(effort);
                }
            }
            match last {
                Some(last) if !whole && which.newest_first => sequences.end = last,
                Some(last) if !whole => sequences.start = last + 1,
                _ => break,
            }
        }
        Ok(effort)
    }

    /// Counts what matches.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn count(&mut self, plan: &Plan, limit: Option<u64>) -> Result<Effort, StoreError> {
        let which = Which::oldest(limit);
        let mut effort = Effort::default();
        let mut found = 0;
        self.scan(plan, &which, 0..u64::MAX, &mut effort, &mut |_| {
            found += 1;
            match limit == Some(found) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        effort.found = found;
        Ok(effort)
    }

    /// One transaction of the store; says whether it came to its end.
    fn scan(
        &mut self,
        plan: &Plan,
        which: &Which,
        sequences: Range<u64>,
        effort: &mut Effort,
        take: &mut dyn FnMut(&Parts<'_>) -> ControlFlow<()>,
    ) -> Result<bool, StoreError> {
        let hashes = if plan.asks_hash() { Some(Reader::open(&self.dir)?) } else { None };
        let hash = |context: &Context| Joined {
            executable_hash: hashes
                .as_ref()
                .and_then(|reader| reader.hash_of(&identity(context)?).ok().flatten()),
            ..Joined::default()
        };
        let none = Joined::default();
        let context = |context: &Context, tail: &[u8]| match hashes {
            Some(_) => plan.context_may(context, tail, &hash(context)),
            None => plan.context_may(context, tail, &none),
        };
        let text = |text: &[u8]| plan.text_may(text);
        let scan = Scan {
            times: plan.times.clone(),
            sequences,
            kinds: plan.kinds().collect(),
            newest_first: which.newest_first,
            context: plan.asks_contexts().then_some(&context),
            texts: plan.asks_texts().then_some(&text),
            number: plan.number(),
        };
        let mut whole = true;
        let report = self.reader.scan(&scan, &mut |row: &Row<'_>| {
            let joined = hashes.as_ref().map(|_| hash(row.context.fixed));
            let parts = parts(row, joined.as_ref().unwrap_or(&none));
            if !plan.matches(&parts) {
                return ControlFlow::Continue(());
            }
            let flow = take(&parts);
            whole &= flow.is_continue();
            flow
        })?;
        effort.rows += report.rows;
        effort.blocks_read += report.blocks_read;
        effort.blocks_skipped += report.blocks_skipped;
        Ok(whole)
    }

    /// Adds what is known beside the row.
    fn join(&mut self, event: &mut Event) -> Result<(), StoreError> {
        event.joined.host_id.clone_from(&self.host_id);
        event.joined.boot_id = self.boot_of(event.head.sequence)?;
        let Some(file) = identity(&event.context) else { return Ok(()) };
        let key = (file.device, file.inode, file.mtime_ns, file.ctime_ns, file.size);
        event.joined.executable_hash = match self.hashes.get(&key) {
            Some(known) => *known,
            None => {
                let hash = self.reader.hash_of(&file)?;
                self.hashes.insert(key, hash);
                hash
            }
        };
        Ok(())
    }

    /// The boot that was running when an event was stored, by the recorder's starts.
    fn boot_of(&mut self, sequence: u64) -> Result<Option<Arc<str>>, StoreError> {
        if self.boots.is_none() {
            let mut boots = Vec::new();
            let kinds = KindSet::none().with(Kind::RecorderStart);
            self.reader.scan(&Scan { kinds, ..Scan::default() }, &mut |row: &Row<'_>| {
                let none = Joined::default();
                if let Some(crate::event::Value::Text(id)) =
                    parts(row, &none).body("tarsier.boot_id")
                {
                    boots.push((row.head.sequence, Arc::from(String::from_utf8_lossy(id))));
                }
                ControlFlow::Continue(())
            })?;
            self.boots = Some(boots);
        }
        let boots = self.boots.as_deref().unwrap_or_default();
        let at = boots.partition_point(|(start, _)| *start <= sequence);
        Ok(at.checked_sub(1).and_then(|at| boots.get(at)).map(|(_, id)| id.clone()))
    }
}

/// A row of the store as an event in place.
pub fn parts<'r>(row: &'r Row<'r>, joined: &'r Joined) -> Parts<'r> {
    Parts {
        head: &row.head,
        kind: row.kind,
        context: row.context.fixed,
        context_tail: row.context.tail,
        body: row.body,
        tail: row.tail,
        joined,
    }
}

/// What the hash of an executable is kept under.
fn identity(context: &Context) -> Option<FileIdentity> {
    (context.executable_inode != u64::ABSENT).then_some(FileIdentity {
        device: context.executable_device.0,
        inode: context.executable_inode,
        mtime_ns: context.executable_mtime.0,
        ctime_ns: context.executable_ctime.0,
        size: context.executable_size,
    })
}
