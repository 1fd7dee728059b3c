// SPDX-License-Identifier: Apache-2.0
//! The reader's side of the dictionaries: the blocks of one segment up to the one that is read,
//! each unpacked only as far as something asks for it.
use super::predict::{About, IdGuess, NumberGuess};
use super::{Block, EventShape, Section, section};
use crate::store::layout::{Column, Layout, Place, Shape};
use crate::store::number::{Broken, Numbers, at, short, unzigzag};
use common::event::Context;
use common::value::{ProcessKey, Span, Typed};
use std::cell::OnceCell;
use zerocopy::{FromBytes, IntoBytes};

#[derive(Debug, Default)]
struct Bytes {
    /// Per entry: id of the directory plus one, or 0.
    parents: Vec<u32>,
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Bytes {
    fn get(&self, place: usize) -> Option<&[u8]> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.bytes.get(at(start)..at(*self.ends.get(place)?))
    }
}

/// One block and what it adds to the segment.
#[derive(Debug)]
pub struct Chunk {
    /// The block.
    pub block: Block,
    texts: OnceCell<Bytes>,
    raws: OnceCell<Bytes>,
    keys: OnceCell<Vec<ProcessKey>>,
    shapes: OnceCell<Vec<EventShape>>,
    /// By the context's places: values of the contexts this block adds.
    contexts: Vec<OnceCell<Vec<u64>>>,
}

fn lazily<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Broken>) -> Result<&T, Broken> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}

/// Unpacks a column's bytes; a constant is repeated for its `rows`.
pub fn column_bytes(block: &Block, entry: &Section, rows: usize) -> Result<Vec<u8>, Broken> {
    let bytes = block.unpack(entry.id.get())?;
    match (entry.mode & Section::CONSTANT != 0, bytes.as_slice()) {
        (true, [code]) => Ok(vec![*code; rows]),
        (true, _) => Err(Broken("a constant column has more than one value")),
        (false, _) => Ok(bytes),
    }
}

impl Chunk {
    fn new(block: Block) -> Chunk {
        let places = Layout::get().context.places.iter();
        Chunk {
            block,
            texts: OnceCell::new(),
            raws: OnceCell::new(),
            keys: OnceCell::new(),
            shapes: OnceCell::new(),
            contexts: places.map(|_| OnceCell::new()).collect(),
        }
    }

    fn texts(&self) -> Result<&Bytes, Broken> {
        lazily(&self.texts, || {
            let [base, count] = self.block.header.texts.map(|n| n.get());
            let parents = self.block.unpack(section::TEXT_PARENTS)?;
            let mut numbers = Numbers::new(&parents);
            let mut last = 0i64;
            let mut read = Vec::with_capacity(at(count).min(parents.len()));
            for place in 0..count {
                let code = numbers.next()?;
                if code == 0 {
                    read.push(0);
                    continue;
                }
                last = last.wrapping_add(unzigzag(code - 1));
                let known = u32::try_from(last).ok().filter(|id| *id < base + place);
                read.push(known.ok_or(Broken("a directory comes after its entry"))? + 1);
            }
            self.bytes(read, count, section::TEXT_LENGTHS, section::TEXT_BYTES)
        })
    }

    fn raws(&self) -> Result<&Bytes, Broken> {
        lazily(&self.raws, || {
            let count = self.block.header.raws[1].get();
            self.bytes(Vec::new(), count, section::RAW_LENGTHS, section::RAW_BYTES)
        })
    }

    fn bytes(
        &self,
        parents: Vec<u32>,
        count: u32,
        lengths: u32,
        bytes: u32,
    ) -> Result<Bytes, Broken> {
        let lengths = self.block.unpack(lengths)?;
        let bytes = self.block.unpack(bytes)?;
        let mut numbers = Numbers::new(&lengths);
        let mut ends = Vec::with_capacity(at(count).min(lengths.len()));
        let mut end = 0usize;
        for _ in 0..count {
            end = end
                .checked_add(at(numbers.next_short()?))
                .filter(|end| *end <= bytes.len())
                .ok_or(Broken("a dictionary text leaves its section"))?;
            ends.push(short(end));
        }
        if end != bytes.len() || !numbers.done() {
            return Err(Broken("a dictionary has bytes that belong to no entry"));
        }
        Ok(Bytes { parents, ends, bytes })
    }

    /// The process keys this block adds.
    pub fn keys(&self) -> Result<&[ProcessKey], Broken> {
        lazily(&self.keys, || {
            let starts = self.block.unpack(section::KEY_STARTS)?;
            let pids = self.block.unpack(section::KEY_PIDS)?;
            let (mut starts, mut pids) = (Numbers::new(&starts), Numbers::new(&pids));
            let mut key = ProcessKey { start_ns: 0, pid: 0 };
            let mut keys = Vec::new();
            for _ in 0..self.block.header.keys[1].get() {
                let [start, pid] = [starts.next()?, pids.next()?].map(unzigzag);
                key.start_ns = key.start_ns.wrapping_add(start.cast_unsigned());
                key.pid = key.pid.wrapping_add(pid.cast_unsigned());
                keys.push(key);
            }
            Ok(keys)
        })
        .map(Vec::as_slice)
    }

    fn shapes(&self) -> Result<&[EventShape], Broken> {
        lazily(&self.shapes, || {
            let bytes = self.block.unpack(section::SHAPES)?;
            let mut numbers = Numbers::new(&bytes);
            let mut shapes = Vec::new();
            for _ in 0..self.block.header.shapes[1].get() {
                let (kind, source) = (numbers.next_short()?, numbers.next_short()?);
                let (flags, result) = (numbers.next()?, unzigzag(numbers.next()?));
                let result =
                    i32::try_from(result).map_err(|_| Broken("a result is out of range"))?;
                shapes.push(EventShape { kind, source, flags, result });
            }
            Ok(shapes)
        })
        .map(Vec::as_slice)
    }
}

/// Blocks of a segment from its first.
#[derive(Debug)]
pub struct Segment {
    /// Which segment.
    pub number: u32,
    chunks: Vec<Chunk>,
}

/// A context put together again.
#[derive(Clone, Debug)]
pub struct Known {
    /// Fixed part.
    pub fixed: Context,
    /// Its texts.
    pub tail: Vec<u8>,
}

impl Segment {
    /// A segment without blocks.
    pub fn new(number: u32) -> Segment {
        Segment { number, chunks: Vec::new() }
    }

    /// Blocks there are.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// A block by its place.
    pub fn chunk(&self, index: usize) -> Option<&Chunk> {
        self.chunks.get(index)
    }

    /// Adds the next block.
    ///
    /// # Errors
    /// When it does not belong there, or its ids do not go on where the last block's ended.
    pub fn push(&mut self, block: Block) -> Result<(), Broken> {
        let header = &block.header;
        if header.segment.get() != self.number || usize::from(header.index.get()) != self.len() {
            return Err(Broken("a block is not where its header says"));
        }
        let dictionaries = |h: &super::Header| [h.texts, h.raws, h.keys, h.shapes, h.contexts];
        let ends = self.chunks.last().map_or([Some(0); 5], |chunk| {
            dictionaries(&chunk.block.header).map(|[base, n]| base.get().checked_add(n.get()))
        });
        let begins = dictionaries(header).map(|[base, _]| Some(base.get()));
        if begins != ends {
            return Err(Broken("ids do not go on where the block before ended"));
        }
        self.chunks.push(Chunk::new(block));
        Ok(())
    }

    /// The chunk that added an id, and the id's place in it.
    fn find(
        &self,
        id: u32,
        range: impl Fn(&Chunk) -> [zerocopy::U32<zerocopy::LE>; 2],
    ) -> Result<(&Chunk, usize), Broken> {
        let after = self.chunks.partition_point(|chunk| range(chunk)[0].get() <= id);
        let chunks = self.chunks[..after].iter().rev();
        for chunk in chunks {
            let [base, count] = range(chunk).map(|n| n.get());
            if id - base < count {
                return Ok((chunk, at(id - base)));
            }
            if count > 0 {
                break;
            }
        }
        Err(Broken("an id is in no dictionary"))
    }

    /// Appends a text to `out`.
    pub fn text(&self, id: u32, out: &mut Vec<u8>) -> Result<(), Broken> {
        let (chunk, place) = self.find(id, |chunk| chunk.block.header.texts)?;
        let texts = chunk.texts()?;
        let missing = Broken("a text is missing");
        let parent = *texts.parents.get(place).ok_or(missing)?;
        if parent != 0 {
            // A directory never has one itself, and comes before what is in it.
            let (chunk, place) = self.find(parent - 1, |chunk| chunk.block.header.texts)?;
            out.extend_from_slice(chunk.texts()?.get(place).ok_or(missing)?);
        }
        out.extend_from_slice(texts.get(place).ok_or(missing)?);
        Ok(())
    }

    /// Ids of texts that blocks up to `index` have added.
    pub fn texts_up_to(&self, index: usize) -> u32 {
        self.chunks.get(index).map_or(0, |chunk| {
            let [base, count] = chunk.block.header.texts;
            base.get().saturating_add(count.get())
        })
    }

    /// A raw value.
    pub fn raw(&self, id: u32) -> Result<&[u8], Broken> {
        let (chunk, place) = self.find(id, |chunk| chunk.block.header.raws)?;
        chunk.raws()?.get(place).ok_or(Broken("a raw value is missing"))
    }

    /// A process key.
    pub fn key(&self, id: u32) -> Result<ProcessKey, Broken> {
        let (chunk, place) = self.find(id, |chunk| chunk.block.header.keys)?;
        chunk.keys()?.get(place).copied().ok_or(Broken("a process key is missing"))
    }

    /// A shape.
    pub fn shape(&self, id: u32) -> Result<EventShape, Broken> {
        let (chunk, place) = self.find(id, |chunk| chunk.block.header.shapes)?;
        chunk.shapes()?.get(place).copied().ok_or(Broken("a shape is missing"))
    }

    /// One column of the contexts that a block adds.
    fn context_values<'a>(&self, chunk: &'a Chunk, place: usize) -> Result<&'a [u64], Broken> {
        let places = &Layout::get().context.places;
        let cell = chunk.contexts.get(place).ok_or(Broken("no such field"))?;
        let values = lazily(cell, || {
            // Every other column is guided by the process, so that one is read by itself.
            let process = places.iter().position(|place| place.shape == Shape::Key);
            let process = process.ok_or(Broken("contexts have no process"))?;
            let keys = if place == process { &[] } else { self.context_values(chunk, process)? };
            self.context_column(chunk, Layout::get(), &places[place], keys)
        });
        values.map(Vec::as_slice)
    }

    /// Process and parent of a context that a block adds.
    pub fn lineage(&self, chunk: &Chunk, row: usize) -> Result<(ProcessKey, ProcessKey), Broken> {
        let places = Layout::get().context.places.iter().enumerate();
        let mut keys = places.filter(|(_, place)| place.shape == Shape::Key);
        let mut next = || {
            let Some((place, _)) = keys.next() else { return Ok(ProcessKey::ABSENT) };
            let value = self.context_values(chunk, place)?.get(row);
            let value = *value.ok_or(Broken("a context is missing"))?;
            match u32::try_from(value).ok().and_then(|id| id.checked_sub(1)) {
                Some(id) => self.key(id),
                None => Ok(ProcessKey::ABSENT),
            }
        };
        Ok((next()?, next()?))
    }

    fn context_column(
        &self,
        chunk: &Chunk,
        layout: &Layout,
        place: &Place,
        keys: &[u64],
    ) -> Result<Vec<u64>, Broken> {
        let count = at(chunk.block.header.contexts[1].get());
        let column = &layout.columns[place.column];
        let none = if column.shape.is_id() { 0 } else { column.absent };
        let Some(entry) = chunk.block.section(column.id) else { return Ok(vec![none; count]) };
        let bytes = column_bytes(&chunk.block, entry, count)?;
        let mut input = Numbers::new(&bytes);
        let mut reader = ColumnReader::new(column, entry, chunk);
        let mut values = Vec::with_capacity(count.min(bytes.len()));
        for row in 0..count {
            let key = keys.get(row).and_then(|key| u32::try_from(*key).ok()).unwrap_or(0);
            let clock = match (reader.relative, key) {
                (true, 1..) => self.key(key - 1)?.start_ns,
                _ => 0,
            };
            values.push(reader.next(About { context: key, subject: 0 }, clock, &mut input)?);
        }
        if input.done() { Ok(values) } else { Err(Broken("a context column is too long")) }
    }

    /// Puts a context together.
    pub fn context(&self, id: u32) -> Result<Known, Broken> {
        let (chunk, row) = self.find(id, |chunk| chunk.block.header.contexts)?;
        let record = &Layout::get().context;
        let mut body = record.absent.clone();
        let mut tail = Vec::new();
        for (number, place) in record.places.iter().enumerate() {
            let value = self.context_values(chunk, number)?.get(row);
            let value = *value.ok_or(Broken("a context is missing"))?;
            self.restore(place, value, &mut body, &mut tail)?;
        }
        let fixed = Context::read_from_bytes(&body)
            .map_err(|_| Broken("a context does not fit its record"))?;
        Ok(Known { fixed, tail })
    }

    /// Writes one value back into a body and its tail.
    pub fn restore(
        &self,
        place: &Place,
        value: u64,
        body: &mut [u8],
        tail: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        let target = &mut body[place.offset..place.offset + place.width];
        if !place.shape.is_id() {
            target.copy_from_slice(&value.to_le_bytes()[..place.width]);
            return Ok(());
        }
        let Some(id) = u32::try_from(value).ok().and_then(|id| id.checked_sub(1)) else {
            return Ok(()); // absent, as the body already says
        };
        if place.in_tail {
            let start = tail.len();
            match place.shape {
                Shape::Text => self.text(id, tail)?,
                _ => tail.extend_from_slice(self.raw(id)?),
            }
            let span = [start, tail.len() - start].map(u16::try_from);
            let [Ok(start), Ok(len)] = span else { return Err(Broken("a tail is too long")) };
            target.copy_from_slice(Span { start, len }.as_bytes());
        } else if place.shape == Shape::Key {
            target.copy_from_slice(self.key(id)?.as_bytes());
        } else {
            let bytes = self.raw(id)?;
            if bytes.len() != target.len() {
                return Err(Broken("a raw value has the wrong length"));
            }
            target.copy_from_slice(bytes);
        }
        Ok(())
    }
}

/// Reads one column's values in order.
pub struct ColumnReader {
    absent: u64,
    numbers: Option<NumberGuess>,
    ids: Option<IdGuess>,
    /// Whether values are told relative to a clock.
    pub relative: bool,
}

impl ColumnReader {
    /// Begins a column of a block.
    pub fn new(column: &Column, entry: &Section, chunk: &Chunk) -> ColumnReader {
        let header = &chunk.block.header;
        let base = match column.shape {
            Shape::Text => header.texts[0].get(),
            Shape::Raw => header.raws[0].get(),
            _ => header.keys[0].get(),
        };
        let ids = column.shape.is_id().then(|| {
            let mut guess = IdGuess::default();
            guess.reset(base);
            guess
        });
        let narrow = column.shape == Shape::Number32;
        let numbers = ids.is_none().then(|| NumberGuess::new(narrow));
        let relative = entry.mode & Section::RELATIVE != 0;
        ColumnReader { absent: column.absent, numbers, ids, relative }
    }

    /// The next value; ids plus one where the column holds ids.
    #[inline]
    pub fn next(
        &mut self,
        about: About,
        clock: u64,
        input: &mut Numbers<'_>,
    ) -> Result<u64, Broken> {
        if let Some(guess) = &mut self.ids {
            return guess.read(about.context, input).map(u64::from);
        }
        let Some(guess) = &mut self.numbers else { return Ok(self.absent) };
        let value = guess.read(about, input)?;
        Ok(match value {
            None => self.absent,
            Some(value) if self.relative => value.wrapping_add(clock),
            Some(value) => value,
        })
    }
}
