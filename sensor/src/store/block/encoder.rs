// SPDX-License-Identifier: Apache-2.0
//! The append side of a block: rows are taken apart into plain columns, texts become numbers.
//!
//! Nothing here is compressed or written: a full block is handed over as a [`RawBlock`] and the
//! sealer does the rest on its own thread. The dictionaries live for a segment and stay here.
use super::dictionary::{Additions, Texts, Values, Words};
use super::{BLOCK_EVENTS, EventShape, SEGMENT_BLOCKS};
use crate::store::Row;
use crate::store::layout::{Layout, RecordLayout, Shape, number};
use crate::store::number::short;
use common::event::Context;
use common::record::{Malformed, text};
use common::value::{ProcessKey, Span};
use zerocopy::{FromBytes, IntoBytes};

/// A context that a block is the first of its segment to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// The process.
    pub key: ProcessKey,
    /// Its parent.
    pub parent: ProcessKey,
    /// Id of the context in the segment.
    pub context: u32,
    /// First event of the context in the segment.
    pub first_sequence: u64,
}

/// A block's rows as plain columns, and what they add to the segment's dictionaries.
#[derive(Debug, Default)]
pub struct RawBlock {
    /// Segment.
    pub segment: u32,
    /// Place in the segment.
    pub index: u16,
    /// Journal generation.
    pub generation: u64,
    /// Sequence of the first row.
    pub first_sequence: u64,
    /// Wall clock, nanoseconds.
    pub times: Vec<u64>,
    /// Boot clock, nanoseconds.
    pub boots: Vec<u64>,
    /// Shape ids.
    pub shapes: Vec<u32>,
    /// Context ids.
    pub contexts: Vec<u32>,
    /// Thread id minus process id.
    pub threads: Vec<u32>,
    /// Values by column; ids plus one where the column holds ids.
    pub columns: Vec<Vec<u64>>,
    /// New texts.
    pub texts: Additions,
    /// New raw values.
    pub raws: Additions,
    /// First new key, and the new keys.
    pub keys: (u32, Vec<ProcessKey>),
    /// First new shape, and the new shapes.
    pub new_shapes: (u32, Vec<EventShape>),
    /// First new context.
    pub context_base: u32,
    /// New contexts in order of their ids.
    pub processes: Vec<ProcessRow>,
}

impl RawBlock {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Memory held, about.
    pub fn size(&self) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.len() * 8).sum();
        columns
            + self.rows() * 28
            + self.texts.size()
            + self.raws.size()
            + self.processes.len() * 48
    }

    /// Empties it and keeps the memory.
    pub fn clear(&mut self) {
        self.times.clear();
        self.boots.clear();
        self.shapes.clear();
        self.contexts.clear();
        self.threads.clear();
        self.columns.iter_mut().for_each(Vec::clear);
        self.processes.clear();
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct RunId(u64);

impl Words for RunId {
    fn words(&self) -> [u64; 3] {
        [self.0, 0, 0]
    }
}

/// Dictionaries of the current segment.
#[derive(Debug)]
struct Dictionaries {
    texts: Texts,
    raws: Texts,
    keys: Values<ProcessKey>,
}

/// Takes rows apart.
#[derive(Debug)]
pub struct Encoder {
    layout: &'static Layout,
    names: Dictionaries,
    shapes: Values<EventShape>,
    contexts: Values<RunId>,
    context_base: u32,
    last_context: Option<(u64, u32)>,
    block: RawBlock,
    segment: u32,
    index: u16,
    text_budget: usize,
}

impl Encoder {
    /// Starts at a new segment; `text_budget` bounds a segment's dictionaries, bytes.
    pub fn new(segment: u32, text_budget: usize) -> Encoder {
        let layout = Layout::get();
        let (texts, raws) = (Texts::new(true), Texts::new(false));
        let columns = layout.columns.iter().map(|_| Vec::new()).collect();
        Encoder {
            layout,
            names: Dictionaries { texts, raws, keys: Values::new() },
            shapes: Values::new(),
            contexts: Values::new(),
            context_base: 0,
            last_context: None,
            block: RawBlock { columns, ..RawBlock::default() },
            segment,
            index: 0,
            text_budget,
        }
    }

    /// Rows of the current block.
    pub fn rows(&self) -> usize {
        self.block.rows()
    }

    /// Whether the block should end: it has its events, or what it adds is large.
    pub fn is_full(&self) -> bool {
        let added = self.names.texts.new.size() + self.names.raws.new.size();
        self.rows() >= BLOCK_EVENTS || added >= self.text_budget / 2
    }

    /// Whether a row can be stored at all.
    ///
    /// # Errors
    /// [`Malformed::Body`] for a wrong length, [`Malformed::Tail`] when a span leaves the tail or
    /// the texts together need more than spans can address.
    pub fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        let record = self.layout.kind(row.kind as u32).ok_or(Malformed::Kind)?;
        check_record(record, row.body, row.tail)?;
        let known = self.last_context.is_some_and(|(run, _)| run == row.context.id);
        if known {
            return Ok(());
        }
        check_record(&self.layout.context, row.context.fixed.as_bytes(), row.context.tail)
    }

    /// Adds a row that [`Encoder::check`] accepted, as event `sequence`.
    pub fn push(&mut self, row: &Row<'_>, sequence: u64) {
        if self.block.times.is_empty() {
            self.block.first_sequence = sequence;
        }
        let context = self.context(row, sequence);
        let head = &row.head;
        let shape = EventShape {
            kind: row.kind as u32,
            source: head.source.0,
            flags: head.flags.0,
            result: head.result.0,
        };
        self.block.times.push(head.time.0);
        self.block.boots.push(head.boot_time.0);
        self.block.shapes.push(self.shapes.intern(shape));
        self.block.contexts.push(context);
        self.block.threads.push(head.tid.wrapping_sub(row.context.fixed.pid));
        if let Some(record) = self.layout.kind(row.kind as u32) {
            self.names.take_apart(record, row.body, row.tail, &mut self.block.columns);
        }
    }

    fn context(&mut self, row: &Row<'_>, sequence: u64) -> u32 {
        let run = row.context.id;
        if let Some((last, id)) = self.last_context
            && last == run
        {
            return id;
        }
        let known = self.context_base + short(self.block.processes.len());
        let id = self.contexts.intern(RunId(run));
        if id == known {
            let fixed: &Context = row.context.fixed;
            let (key, parent) = (fixed.process, fixed.parent);
            let first_sequence = sequence;
            self.block.processes.push(ProcessRow { key, parent, context: id, first_sequence });
            let (record, columns) = (&self.layout.context, &mut self.block.columns);
            self.names.take_apart(record, fixed.as_bytes(), row.context.tail, columns);
        }
        self.last_context = Some((run, id));
        id
    }

    /// Ends the block and starts the next one in the memory of `spare`.
    pub fn take(&mut self, generation: u64, spare: RawBlock) -> RawBlock {
        let mut spare = spare;
        spare.clear();
        spare.columns.resize_with(self.layout.columns.len(), Vec::new);
        let texts = self.names.texts.begin_block(std::mem::take(&mut spare.texts));
        let raws = self.names.raws.begin_block(std::mem::take(&mut spare.raws));
        let mut block = std::mem::replace(&mut self.block, spare);
        block.texts = texts;
        block.raws = raws;
        block.keys.0 = self.names.keys.end_block(&mut block.keys.1);
        block.new_shapes.0 = self.shapes.end_block(&mut block.new_shapes.1);
        block.context_base = self.context_base;
        block.segment = self.segment;
        block.index = self.index;
        block.generation = generation;
        self.context_base += short(block.processes.len());
        self.index += 1;
        if self.index >= SEGMENT_BLOCKS || self.memory() > self.text_budget {
            self.start_segment();
        }
        block
    }

    fn memory(&self) -> usize {
        let names = &self.names;
        names.texts.size() + names.raws.size() + names.keys.size() + self.contexts.size()
    }

    /// Ends the segment: the next block depends on nothing before it.
    pub fn start_segment(&mut self) {
        self.segment += 1;
        self.index = 0;
        self.names.texts.clear();
        self.names.raws.clear();
        self.names.keys.clear();
        self.shapes.clear();
        self.contexts.clear();
        self.context_base = 0;
        self.last_context = None;
    }
}

fn span(body: &[u8], offset: usize) -> Span {
    let bytes = body.get(offset..offset + size_of::<Span>()).unwrap_or(&[0xff; 4]);
    Span::read_from_bytes(bytes).unwrap_or(Span::ABSENT)
}

/// Whether a body and its tail fit their record.
///
/// # Errors
/// As [`Encoder::check`].
pub fn check_record(record: &RecordLayout, body: &[u8], tail: &[u8]) -> Result<(), Malformed> {
    if body.len() != record.len {
        return Err(Malformed::Body);
    }
    let mut total = 0;
    for place in record.places.iter().filter(|place| place.in_tail) {
        let span = span(body, place.offset);
        if span != Span::ABSENT {
            text(tail, span).ok_or(Malformed::Tail)?;
            total += usize::from(span.len);
        }
    }
    if total < usize::from(u16::MAX) { Ok(()) } else { Err(Malformed::Tail) }
}

impl Dictionaries {
    #[inline]
    fn take_apart(
        &mut self,
        record: &RecordLayout,
        body: &[u8],
        tail: &[u8],
        columns: &mut [Vec<u64>],
    ) {
        for place in &record.places {
            let value = match place.shape {
                Shape::Number32 | Shape::Number64 => number(body, place),
                Shape::Text | Shape::Raw if place.in_tail => {
                    let names =
                        if place.shape == Shape::Text { &mut self.texts } else { &mut self.raws };
                    match text(tail, span(body, place.offset)) {
                        Some(bytes) => u64::from(names.intern(bytes)) + 1,
                        None => 0,
                    }
                }
                _ => self.fixed(place.shape, record, body, place.offset, place.width),
            };
            columns[place.column].push(value);
        }
    }

    fn fixed(
        &mut self,
        shape: Shape,
        record: &RecordLayout,
        body: &[u8],
        offset: usize,
        width: usize,
    ) -> u64 {
        let range = offset..offset + width;
        let bytes = &body[range.clone()];
        if bytes == &record.absent[range] {
            return 0;
        }
        let id = match (shape, ProcessKey::read_from_bytes(bytes)) {
            (Shape::Key, Ok(key)) => self.keys.intern(key),
            _ => self.raws.intern(bytes),
        };
        u64::from(id) + 1
    }
}
