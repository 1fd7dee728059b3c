// SPDX-License-Identifier: Apache-2.0
//! Does the store say what it should? Every block is unpacked and put together row by row, and
//! compared with its summary, with its neighbours and with the declared gaps; then the journal.
//!
//! It works on a store that is being written: what moves on meanwhile is read again, what
//! retention removes is passed over. Who changed bytes *and* checksums is the chain's to find.
use super::StoreError;
use super::block::Block;
use super::block::decoder::BlockReader;
use super::block::segment::Segment;
use super::journal::{JournalView, Slot};
use super::number::{Broken, long, short};
use super::tables::{BlockKey, Gap, Summary, Tables, block_key, read_summary, split_key};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A place that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file and the place in it.
    pub place: String,
    /// The check that failed.
    pub what: String,
}

/// What `verify` found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Blocks that were checked.
    pub blocks: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of them.
    pub block_bytes: u64,
    /// Rows of the journal that are not in blocks.
    pub journal_rows: u64,
    /// Declared gaps: from, up to and without.
    pub gaps: Vec<(u64, u64)>,
    /// What does not hold, first place first.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether everything holds.
    pub fn ok(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, place: String, what: impl Into<String>) {
        self.problems.push(Problem { place, what: what.into() });
    }
}

struct Checker {
    tables: Tables,
    segment: Segment,
    next: Option<u64>,
    gaps: Vec<Gap>,
    report: Report,
}

/// Checks the structure of the store under `dir`.
///
/// # Errors
/// Only when the store cannot be read at all; what does not hold is in the report.
pub fn verify(dir: &Path) -> Result<Report, StoreError> {
    if !dir.join("data.mdb").exists() {
        return Err(StoreError::NoStore { path: dir.to_path_buf() });
    }
    let tables = Tables::open(dir)?;
    let failed = |why| StoreError::tables(dir, &why);
    let mut journal = JournalView::new(dir);
    journal.refresh()?;
    let gaps = tables.read().and_then(|txn| tables.gaps(&txn)).map_err(failed)?;
    let report =
        Report { gaps: gaps.iter().map(|gap| (gap.from, gap.to)).collect(), ..Report::default() };
    let segment = Segment::new(0);
    let mut checker = Checker { tables, segment, next: None, gaps, report };
    let mut key: Option<BlockKey> = None;
    loop {
        let step = checker.fetch(key).map_err(failed)?;
        let Some((found, summary, bytes)) = step else { break };
        checker.block(found, key, summary, bytes);
        key = Some(found);
    }
    // Slots are copied while the writer goes on: only a hole that stays is one.
    for attempt in 0..5 {
        let last = attempt == 4;
        if checker.journal(&journal, last).map_err(failed)? {
            break;
        }
        journal.refresh()?;
    }
    Ok(checker.report)
}

type Fetched = (BlockKey, Result<Summary, Broken>, Option<Vec<u8>>);

impl Checker {
    /// The block after `key`, copied out.
    fn fetch(&self, key: Option<BlockKey>) -> heed::Result<Option<Fetched>> {
        let txn = self.tables.read()?;
        let entry = match key {
            None => self.tables.edge(&txn, false)?,
            Some(key) => self.tables.neighbour(&txn, &key, false)?,
        };
        let Some((found, summary)) = entry else { return Ok(None) };
        let Ok(found) = BlockKey::try_from(found) else { return Ok(None) };
        let bytes = self.tables.block(&txn, &found)?.map(<[u8]>::to_vec);
        Ok(Some((found, read_summary(summary), bytes)))
    }

    fn block(
        &mut self,
        key: BlockKey,
        before: Option<BlockKey>,
        summary: Result<Summary, Broken>,
        bytes: Option<Vec<u8>>,
    ) {
        let (segment, index) = split_key(&key).unwrap_or_default();
        let place = format!("segment {segment}: block {index}");
        let follows = before.is_none_or(|before| {
            let (last, last_index) = split_key(&before).unwrap_or_default();
            if last == segment { index == last_index + 1 } else { index == 0 }
        });
        // Retention may have taken the block in front since the last step.
        let first = block_key(segment, 0);
        if !follows && !self.gone(&first) {
            self.report.add(place.clone(), "a block in front of it is missing");
        }
        if self.segment.number != segment || index == 0 {
            self.segment = Segment::new(segment);
        }
        let checked = summary.and_then(|summary| self.content(&summary, index, bytes));
        match checked {
            Ok(summary) => self.order(&place, &summary),
            Err(why) => {
                self.next = None;
                self.report.add(place, why.0);
            }
        }
    }

    fn gone(&self, key: &BlockKey) -> bool {
        let txn = self.tables.read();
        txn.and_then(|txn| Ok(self.tables.block(&txn, key)?.is_none())).unwrap_or(false)
    }

    fn order(&mut self, place: &str, summary: &Summary) {
        if let Some(next) = self.next
            && next != summary.first_sequence
        {
            let declared = Gap { from: next, to: summary.first_sequence };
            if !self.gaps.contains(&declared) {
                let first = summary.first_sequence;
                let what = format!("begins with event {first} where {next} was expected");
                self.report.add(place.to_owned(), what);
            }
        }
        self.next = Some(summary.end());
    }

    fn content(
        &mut self,
        summary: &Summary,
        index: u16,
        bytes: Option<Vec<u8>>,
    ) -> Result<Summary, Broken> {
        let bytes = bytes.ok_or(Broken("the summary has no block"))?;
        let block = Block::parse(&bytes)?;
        let header = block.header;
        if header.first_sequence.get() != summary.first_sequence
            || header.events.get() != summary.events
            || header.contexts[1].get() != summary.contexts
            || header.generation.get() != summary.generation
        {
            return Err(Broken("the header differs from the summary"));
        }
        self.segment.push(block)?;
        let found = self.rows(usize::from(index), summary)?;
        if found != *summary {
            return Err(Broken("the rows differ from the summary"));
        }
        self.report.blocks += 1;
        self.report.events += u64::from(summary.events);
        self.report.block_bytes += long(bytes.len());
        Ok(found)
    }

    /// Puts every row together and makes the summary that the block should have.
    fn rows(&self, index: usize, summary: &Summary) -> Result<Summary, Broken> {
        let mut reader = BlockReader::new(&self.segment, index)?;
        reader.complete()?;
        reader.check_sections()?;
        let mut contexts = HashMap::new();
        let (mut body, mut tail) = (Vec::new(), Vec::new());
        let mut walk = reader.walk(false);
        while let Some(row) = walk.advance() {
            let id = reader.contexts[row];
            if let std::collections::hash_map::Entry::Vacant(place) = contexts.entry(id) {
                place.insert(self.segment.context(id)?.fixed);
            }
            let context = contexts.get(&id).ok_or(Broken("a context is missing"))?;
            walk.make(row, context, &mut body, &mut tail)?;
        }
        drop(walk);
        let mut kinds = BTreeMap::new();
        for shape in &reader.shapes {
            *kinds.entry(shape.kind).or_insert(0u32) += 1;
        }
        let chunk = self.segment.chunk(index).ok_or(Broken("no such block"))?;
        let added = 0..chunk.block.header.contexts[1].get();
        let starts: Result<Vec<u64>, Broken> = added
            .map(|n| Ok(self.segment.lineage(chunk, super::number::at(n))?.0.start_ns))
            .collect();
        let starts = starts?;
        let events = short(reader.rows());
        let times = reader.times()?;
        Ok(Summary {
            first_sequence: summary.first_sequence,
            generation: summary.generation,
            events,
            contexts: short(starts.len()),
            min_time: times.iter().copied().min().unwrap_or(0),
            max_time: times.iter().copied().max().unwrap_or(0),
            min_start: starts.iter().copied().min().unwrap_or(u64::MAX),
            max_start: starts.iter().copied().max().unwrap_or(0),
            kinds: kinds.into_iter().collect(),
        })
    }

    /// Checks a copy of the journal; false when it has a hole and `last` was not said.
    fn journal(&mut self, journal: &JournalView, last: bool) -> heed::Result<bool> {
        let progress = self.tables.progress(&*self.tables.read()?)?;
        let unsealed = |slot: &&Slot| slot.sequences().end > progress.sealed_to;
        let (all, following) = (journal.generations(), journal.following(progress.sealed_to));
        let whole = all.into_iter().filter(unsealed).count() == following.len();
        if !whole && !last {
            return Ok(false);
        }
        if let Some((generation, why)) = journal.broken() {
            self.report.add(format!("journal: generation {generation}"), why.0);
        }
        let mut next = progress.sealed_to;
        for slot in journal.generations() {
            let sequences = slot.sequences();
            if sequences.end <= progress.sealed_to {
                continue;
            }
            if sequences.start > next {
                let what =
                    format!("begins with event {} where {next} was expected", sequences.start);
                self.report.add(format!("journal: generation {}", slot.generation), what);
            }
            self.report.journal_rows += sequences.end - sequences.start.max(next);
            next = sequences.end;
        }
        Ok(true)
    }
}
