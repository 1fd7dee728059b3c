// SPDX-License-Identifier: Apache-2.0
//! Scans: blocks are passed over by their summaries, rows by the columns a question needs, and
//! only hits are put together. A test of texts is asked once for each distinct text of a segment.
use super::Reader;
use crate::store::block::decoder::BlockReader;
use crate::store::block::segment::{Known, Segment};
use crate::store::layout::{Layout, number};
use crate::store::number::{Broken, at};
use crate::store::tables::{BlockKey, Summary, split_key};
use crate::store::{ContextRef, Row, StoreError};
use common::event::{Context, Kind};
use common::record::{span_at, text};
use common::value::Type;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::{ControlFlow, Range};
use zerocopy::IntoBytes;

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSet([u64; 4]);

impl KindSet {
    /// Every kind.
    pub fn all() -> KindSet {
        KindSet([u64::MAX; 4])
    }
    /// No kind.
    pub fn none() -> KindSet {
        KindSet([0; 4])
    }
    /// This set and one more kind.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> KindSet {
        let id = at(kind as u32);
        if let Some(word) = self.0.get_mut(id / 64) {
            *word |= 1 << (id % 64);
        }
        self
    }
    /// Whether a kind is in the set.
    pub fn contains(&self, kind: Kind) -> bool {
        self.contains_id(kind as u32)
    }
    fn contains_id(&self, id: u32) -> bool {
        self.0.get(at(id) / 64).is_some_and(|word| word & 1 << (id % 64) != 0)
    }
}

impl FromIterator<Kind> for KindSet {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> KindSet {
        kinds.into_iter().fold(KindSet::none(), KindSet::with)
    }
}

/// A test of a context: its fixed part and its texts.
pub type ContextTest<'q> = &'q dyn Fn(&Context, &[u8]) -> bool;
/// A test of one text.
pub type TextTest<'q> = &'q dyn Fn(&[u8]) -> bool;

/// What to look for; all parts must hold.
#[derive(Clone)]
pub struct Scan<'q> {
    /// Wall clock, nanoseconds since 1970.
    pub times: Range<u64>,
    /// Numbers of events.
    pub sequences: Range<u64>,
    /// Kinds.
    pub kinds: KindSet,
    /// Newest event first.
    pub newest_first: bool,
    /// Asked once for each distinct context.
    pub context: Option<ContextTest<'q>>,
    /// Holds when any text of the body passes; asked once for each distinct text of a segment.
    pub texts: Option<TextTest<'q>>,
    /// The body has a plain number under this public name, and it is this one.
    pub number: Option<(&'q str, u64)>,
}

impl Default for Scan<'_> {
    fn default() -> Self {
        Scan {
            times: 0..u64::MAX,
            sequences: 0..u64::MAX,
            kinds: KindSet::all(),
            newest_first: false,
            context: None,
            texts: None,
            number: None,
        }
    }
}

/// What a scan cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Blocks that had to be unpacked.
    pub blocks_read: u64,
    /// Blocks passed over by their summaries or dictionaries.
    pub blocks_skipped: u64,
    /// Rows given.
    pub rows: u64,
}

/// What is known about the texts and contexts of the segment at hand.
#[derive(Default)]
struct Answers {
    segment: Option<u32>,
    /// By text id: whether the test holds.
    texts: Vec<bool>,
    any_text: bool,
    contexts: HashMap<u32, Answer>,
}

struct Answer {
    known: Known,
    passes: bool,
}

type Each<'e> = dyn FnMut(&Row<'_>) -> ControlFlow<()> + 'e;

impl Reader {
    /// Gives every row that `scan` asks for to `each`, by number, until it breaks off.
    ///
    /// Rows that are appended meanwhile may or may not be seen; none is given twice.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names the block that could not be read; what came before it has
    /// been given.
    pub fn scan(&mut self, scan: &Scan<'_>, each: &mut Each<'_>) -> Result<ScanReport, StoreError> {
        self.journal.refresh()?;
        let mut report = ScanReport::default();
        let sealed_to = self.sealed_to()?;
        if scan.newest_first {
            if self.unsealed(scan, sealed_to, &mut report, each).is_continue() {
                self.blocks(scan, sealed_to, &mut report, each)?;
            }
        } else if let Some(end) = self.blocks(scan, u64::MAX, &mut report, each)? {
            // Blocks may have been sealed since; the rows they hold were given.
            if self.unsealed(scan, end.max(sealed_to), &mut report, each).is_break() {
                return Ok(report);
            }
        }
        Ok(report)
    }

    /// Rows of the journal from number `from` on.
    fn unsealed(
        &self,
        scan: &Scan<'_>,
        from: u64,
        report: &mut ScanReport,
        each: &mut Each<'_>,
    ) -> ControlFlow<()> {
        let mut slots = self.journal.following(from);
        if scan.newest_first {
            slots.reverse();
        }
        let mut body: Vec<u64> = Vec::new();
        for slot in slots {
            let mut contexts = HashMap::new();
            let sequences = slot.sequences();
            let count = usize::try_from(sequences.end - sequences.start).unwrap_or(0);
            for step in 0..count {
                let place = if scan.newest_first { count - 1 - step } else { step };
                let Some(row) = slot.row(place) else { break };
                if row.head.sequence < from || !scan.wants(&row, &mut contexts) {
                    continue;
                }
                body.clear();
                body.resize(row.body.len().div_ceil(8), 0);
                let aligned = &mut body.as_mut_bytes()[..row.body.len()];
                aligned.copy_from_slice(row.body);
                report.rows += 1;
                each(&Row { body: aligned, ..row })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Rows of the blocks below number `below`; the end of the last block seen, or `None` when
    /// `each` broke off.
    fn blocks(
        &mut self,
        scan: &Scan<'_>,
        below: u64,
        report: &mut ScanReport,
        each: &mut Each<'_>,
    ) -> Result<Option<u64>, StoreError> {
        let mut key = None;
        let mut end = 0;
        let mut answers = Answers::default();
        let last = std::cell::Cell::new(0u64);
        loop {
            let wanted = |summary: &Summary| {
                last.set(last.get().max(summary.end()));
                summary.first_sequence < below && scan.may_hold(summary)
            };
            let found =
                self.next_summary(key, scan.newest_first, wanted, &mut report.blocks_skipped)?;
            end = last.get().max(end);
            let Some((found, summary)) = found else { return Ok(Some(end)) };
            key = Some(found);
            if !self.load(&found)? {
                report.blocks_skipped += 1;
                continue;
            }
            let (segment, index) = split_key(&found).unwrap_or_default();
            let flow = self.block(scan, &found, &summary, &mut answers, report, each);
            match flow.map_err(|why| self.damaged(segment, index, why))? {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(()) => return Ok(None),
            }
        }
    }

    fn block(
        &self,
        scan: &Scan<'_>,
        key: &BlockKey,
        summary: &Summary,
        answers: &mut Answers,
        report: &mut ScanReport,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, Broken> {
        let (_, index) = split_key(key)?;
        let index = usize::from(index);
        let segment = &self.segment;
        answers.enter(segment);
        if let Some(test) = scan.texts {
            answers.test_texts(segment, index, test)?;
            if !answers.any_text {
                report.blocks_skipped += 1;
                return Ok(ControlFlow::Continue(()));
            }
        }
        report.blocks_read += 1;
        let mut reader = BlockReader::new(segment, index)?;
        let hits = scan.hits(&mut reader, segment, summary, answers)?;
        if !hits.contains(&true) {
            return Ok(ControlFlow::Continue(()));
        }
        reader.complete()?;
        let (mut body, mut tail) = (Vec::new(), Vec::new());
        let mut walk = reader.walk(scan.newest_first);
        while let Some(row) = walk.advance() {
            if !hits[row] {
                continue;
            }
            let id = reader.contexts[row];
            let Known { fixed, tail: context_tail } = &answers.context(segment, scan, id)?.known;
            let Some(made) = walk.make(row, fixed, &mut body, &mut tail)? else { continue };
            let len = made.kind.body_len();
            report.rows += 1;
            let salted = u64::from(segment.number) << 32 | u64::from(id) | 1 << 63;
            let flow = each(&Row {
                head: made.head,
                context: ContextRef { id: salted, fixed, tail: context_tail },
                kind: made.kind,
                body: &body.as_bytes()[..len],
                tail: &tail,
            });
            if flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Scan<'_> {
    fn may_hold(&self, summary: &Summary) -> bool {
        let time = summary.max_time >= self.times.start && summary.min_time < self.times.end;
        let number =
            summary.end() > self.sequences.start && summary.first_sequence < self.sequences.end;
        time && number && summary.kinds.iter().any(|(kind, _)| self.kinds.contains_id(*kind))
    }

    /// Which rows of a block pass.
    fn hits(
        &self,
        reader: &mut BlockReader<'_>,
        segment: &Segment,
        summary: &Summary,
        answers: &mut Answers,
    ) -> Result<Vec<bool>, Broken> {
        let mut hits: Vec<bool> =
            reader.shapes.iter().map(|shape| self.kinds.contains_id(shape.kind)).collect();
        let whole = summary.min_time >= self.times.start && summary.max_time < self.times.end;
        if !whole {
            let times = reader.times()?;
            let inside = times.iter().map(|time| self.times.contains(time));
            hits.iter_mut().zip(inside).for_each(|(hit, inside)| *hit &= inside);
        }
        let numbers = summary.first_sequence..;
        for (hit, number) in hits.iter_mut().zip(numbers) {
            *hit &= self.sequences.contains(&number);
        }
        if let Some((name, number)) = self.number.filter(|_| hits.contains(&true)) {
            let mut same = vec![false; hits.len()];
            reader.numbers(name, |row, value| same[row] = value == number)?;
            hits.iter_mut().zip(same).for_each(|(hit, same)| *hit &= same);
        }
        if self.texts.is_some() && hits.contains(&true) {
            let mut texts = vec![false; hits.len()];
            reader.texts(|row, id| texts[row] |= answers.texts.get(at(id)) == Some(&true))?;
            hits.iter_mut().zip(texts).for_each(|(hit, text)| *hit &= text);
        }
        if self.context.is_some() {
            for (row, hit) in hits.iter_mut().enumerate().filter(|(_, hit)| **hit) {
                *hit = answers.context(segment, self, reader.contexts[row])?.passes;
            }
        }
        Ok(hits)
    }

    /// Whether a row of the journal passes; `contexts` remembers what was asked.
    fn wants(&self, row: &Row<'_>, contexts: &mut HashMap<u64, bool>) -> bool {
        if !self.kinds.contains(row.kind)
            || !self.times.contains(&row.head.time.0)
            || !self.sequences.contains(&row.head.sequence)
            || !self.number.is_none_or(|(name, value)| has_number(row, name, value))
        {
            return false;
        }
        let context = &row.context;
        let in_body = |test| any_text(row.kind.fields(), row.body, row.tail, test);
        self.texts.is_none_or(in_body)
            && *contexts.entry(context.id).or_insert_with(|| {
                self.context.is_none_or(|test| test(context.fixed, context.tail))
            })
    }
}

fn has_number(row: &Row<'_>, name: &str, value: u64) -> bool {
    let layout = Layout::get();
    let Some(record) = layout.kind(row.kind as u32) else { return false };
    record.places.iter().any(|place| {
        let column = &layout.columns[place.column];
        column.name == name && !column.shape.is_id() && number(row.body, place) == value
    })
}

fn any_text(
    fields: &[common::record::Field],
    body: &[u8],
    tail: &[u8],
    test: TextTest<'_>,
) -> bool {
    let texts = fields.iter().filter(|field| matches!(field.ty, Type::Text | Type::TextList));
    let mut texts = texts.filter_map(|field| text(tail, span_at(body, field)?));
    texts.any(test)
}

impl Answers {
    fn enter(&mut self, segment: &Segment) {
        if self.segment != Some(segment.number) {
            *self = Answers { segment: Some(segment.number), ..Answers::default() };
        }
    }

    /// Asks about every text that blocks up to `index` have added and that was not asked before.
    fn test_texts(
        &mut self,
        segment: &Segment,
        index: usize,
        test: TextTest<'_>,
    ) -> Result<(), Broken> {
        let end = segment.texts_up_to(index);
        let mut bytes = Vec::new();
        for id in crate::store::number::short(self.texts.len())..end {
            bytes.clear();
            segment.text(id, &mut bytes)?;
            let holds = test(&bytes);
            self.any_text |= holds;
            self.texts.push(holds);
        }
        Ok(())
    }

    fn context(&mut self, segment: &Segment, scan: &Scan<'_>, id: u32) -> Result<&Answer, Broken> {
        match self.contexts.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let known = segment.context(id)?;
                let passes = scan.context.is_none_or(|test| test(&known.fixed, &known.tail));
                Ok(place.insert(Answer { known, passes }))
            }
        }
    }
}
