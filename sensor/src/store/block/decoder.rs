// SPDX-License-Identifier: Apache-2.0
//! A block read back: columns are unpacked one by one as they are asked for, rows are put
//! together only where something wants them.
use super::predict::{About, NumberGuess, Recent};
use super::segment::{Chunk, ColumnReader, Segment, column_bytes};
use super::{BLOCK_EVENTS, EventShape, Section, section, unit_ns};
use crate::store::layout::{Clock, Layout, Place};
use crate::store::number::{Broken, Numbers, at, short, unzigzag};
use common::event::{Context, Head, Kind};
use common::names::{EventFlags, Source};
use common::value::{BootTime, Errno, Time};
use zerocopy::IntoBytes;

/// A column of the block that this build knows.
#[derive(Debug)]
struct LocalColumn {
    /// Index into the layout's columns.
    column: usize,
    values: Vec<u64>,
    read: bool,
}

/// What rows of one kind consist of, in this block.
#[derive(Debug)]
struct LocalKind {
    /// `None`: written by a newer build; its rows are passed over.
    kind: Option<Kind>,
    /// Index of the subject's local column.
    subject: Option<usize>,
    /// Local columns of the kind; `None` where this build has no such field.
    columns: Vec<(usize, Option<Place>)>,
}

/// One block of a segment, read as far as was asked.
#[derive(Debug)]
pub struct BlockReader<'s> {
    segment: &'s Segment,
    chunk: &'s Chunk,
    /// Shape of each row.
    pub shapes: Vec<EventShape>,
    /// Context id of each row.
    pub contexts: Vec<u32>,
    row_kinds: Vec<u8>,
    kinds: Vec<LocalKind>,
    columns: Vec<LocalColumn>,
    unknown: Vec<u32>,
    times: Vec<u64>,
    boots: Vec<u64>,
    threads: Vec<u32>,
    subjects: Option<Vec<u32>>,
}

/// A row put together; the bytes are in the buffers it was made with.
#[derive(Clone, Copy, Debug)]
pub struct MadeRow {
    /// Fixed head, with sequence and kind.
    pub head: Head,
    /// What happened.
    pub kind: Kind,
}

impl<'s> BlockReader<'s> {
    /// Reads what every question needs: which shapes and which contexts the rows have.
    pub fn new(segment: &'s Segment, index: usize) -> Result<BlockReader<'s>, Broken> {
        let chunk = segment.chunk(index).ok_or(Broken("no such block"))?;
        let rows = at(chunk.block.header.events.get());
        if rows > BLOCK_EVENTS {
            return Err(Broken("more events than a block can have"));
        }
        let mut reader = BlockReader {
            segment,
            chunk,
            shapes: Vec::with_capacity(rows),
            contexts: Vec::with_capacity(rows),
            row_kinds: Vec::with_capacity(rows),
            kinds: Vec::new(),
            columns: Vec::new(),
            unknown: Vec::new(),
            times: Vec::new(),
            boots: Vec::new(),
            threads: Vec::new(),
            subjects: None,
        };
        let ids = reader.read_kinds()?;
        reader.read_shapes(rows, &ids)?;
        reader.read_contexts(rows)?;
        Ok(reader)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shapes.len()
    }

    fn read_kinds(&mut self) -> Result<Vec<u32>, Broken> {
        let layout = Layout::get();
        let bytes = self.chunk.block.unpack(section::KINDS)?;
        let mut numbers = Numbers::new(&bytes);
        let mut ids = Vec::new();
        while !numbers.done() {
            let id = numbers.next_short()?;
            let subject = numbers.next()?;
            let count = numbers.next()?;
            let record = layout.kind(id);
            let mut columns = Vec::new();
            for _ in 0..count {
                let number = numbers.take(4)?;
                let number = u32::from_le_bytes(number.try_into().unwrap_or([0; 4]));
                let Some(column) = layout.find(number) else {
                    self.unknown.push(number);
                    columns.push((usize::MAX, None));
                    continue;
                };
                let place = record.and_then(|r| r.places.iter().find(|p| p.column == column));
                columns.push((self.local(column), place.copied()));
            }
            let subject = usize::try_from(subject).ok().and_then(|n| n.checked_sub(1));
            let subject = subject.and_then(|n| columns.get(n)).map(|(local, _)| *local);
            let kind = Kind::from_id(id);
            self.kinds.push(LocalKind { kind, subject, columns });
            ids.push(id);
        }
        Ok(ids)
    }

    fn local(&mut self, column: usize) -> usize {
        let known = self.columns.iter().position(|local| local.column == column);
        known.unwrap_or_else(|| {
            self.columns.push(LocalColumn { column, values: Vec::new(), read: false });
            self.columns.len() - 1
        })
    }

    fn read_shapes(&mut self, rows: usize, ids: &[u32]) -> Result<(), Broken> {
        let bytes = self.chunk.block.unpack(section::EVENT_SHAPES)?;
        let mut numbers = Numbers::new(&bytes);
        let mut known: Vec<Option<(EventShape, u8)>> = Vec::new();
        for _ in 0..rows {
            let id = numbers.next_short()?;
            if let Some(Some((shape, kind))) = known.get(at(id)) {
                self.shapes.push(*shape);
                self.row_kinds.push(*kind);
                continue;
            }
            let shape = self.segment.shape(id)?;
            let kind = ids.iter().position(|kind| *kind == shape.kind);
            let kind = kind.and_then(|kind| u8::try_from(kind).ok());
            let kind = kind.ok_or(Broken("a row's kind is not in the block's table"))?;
            if known.len() <= at(id) {
                known.resize(at(id) + 1, None);
            }
            known[at(id)] = Some((shape, kind));
            self.shapes.push(shape);
            self.row_kinds.push(kind);
        }
        whole(&numbers)
    }

    fn read_contexts(&mut self, rows: usize) -> Result<(), Broken> {
        let bytes = self.chunk.block.unpack(section::CONTEXTS)?;
        let mut numbers = Numbers::new(&bytes);
        let mut recent = Recent::default();
        recent.reset(self.chunk.block.header.contexts[0].get());
        for _ in 0..rows {
            self.contexts.push(recent.read(&mut numbers)?);
        }
        whole(&numbers)
    }

    /// Wall clock of each row, nanoseconds.
    pub fn times(&mut self) -> Result<&[u64], Broken> {
        if self.times.is_empty() {
            let unit = unit_ns(self.chunk.block.header.unit.get())?;
            self.times = self.differences(section::TIMES)?;
            self.times.iter_mut().for_each(|time| *time = time.wrapping_mul(unit));
        }
        Ok(&self.times)
    }

    fn differences(&self, id: u32) -> Result<Vec<u64>, Broken> {
        let bytes = self.chunk.block.unpack(id)?;
        let mut numbers = Numbers::new(&bytes);
        let mut last = 0u64;
        let mut values = Vec::with_capacity(self.rows());
        for _ in 0..self.rows() {
            last = last.wrapping_add(unzigzag(numbers.next()?).cast_unsigned());
            values.push(last);
        }
        whole(&numbers)?;
        Ok(values)
    }

    /// Calls `each` with (row, text id) for every text of a row's body that a test applies to.
    pub fn texts(&mut self, mut each: impl FnMut(usize, u32)) -> Result<(), Broken> {
        let texts: Vec<usize> = (0..self.columns.len())
            .filter(|local| {
                let kinds = self.kinds.iter().flat_map(|kind| &kind.columns);
                let mut places = kinds.filter(|(column, _)| column == local);
                places.any(|(_, place)| place.is_some_and(|place| place.is_text))
            })
            .collect();
        for local in texts {
            self.read(local)?;
            let holders = self.holders(local);
            let mut cursor = 0;
            for row in 0..self.rows() {
                if holders[usize::from(self.row_kinds[row])] {
                    let id = self.columns[local].values.get(cursor).copied().unwrap_or(0);
                    cursor += 1;
                    if let Some(id) = id.checked_sub(1).and_then(|id| u32::try_from(id).ok()) {
                        each(row, id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with (row, number) for every row that has the numeric field `name`.
    pub fn numbers(&mut self, name: &str, mut each: impl FnMut(usize, u64)) -> Result<(), Broken> {
        let layout = Layout::get();
        for local in 0..self.columns.len() {
            let column = &layout.columns[self.columns[local].column];
            if column.name != name || column.shape.is_id() {
                continue;
            }
            self.read(local)?;
            let holders = self.holders(local);
            let values = self.columns[local].values.iter();
            let held = |row: &usize| holders[usize::from(self.row_kinds[*row])];
            let rows = (0..self.rows()).filter(held);
            rows.zip(values).for_each(|(row, value)| each(row, *value));
        }
        Ok(())
    }

    fn kind_of(&self, row: usize) -> &LocalKind {
        &self.kinds[usize::from(self.row_kinds[row])]
    }

    /// By local kind: whether its rows have a value in this column.
    fn holders(&self, local: usize) -> Vec<bool> {
        let has = |kind: &LocalKind| kind.columns.iter().any(|(column, _)| *column == local);
        self.kinds.iter().map(has).collect()
    }

    /// Unpacks one column.
    fn read(&mut self, local: usize) -> Result<(), Broken> {
        if self.columns[local].read {
            return Ok(());
        }
        let column = &Layout::get().columns[self.columns[local].column];
        if column.clock != Clock::None {
            self.clocks()?;
        }
        let subjects = if column.shape.is_id() { None } else { Some(self.subjects()?) };
        let holders = self.holders(local);
        let held = |row: &usize| holders[usize::from(self.row_kinds[*row])];
        let count = (0..self.rows()).filter(held).count();
        let mut values = Vec::with_capacity(count);
        if count > 0 {
            let entry = self.chunk.block.section(column.id).copied();
            let entry = entry.ok_or(Broken("a column is missing"))?;
            if entry.shape() != Some(column.shape) {
                return Err(Broken("a column has another shape than its number says"));
            }
            let bytes = column_bytes(&self.chunk.block, &entry, count)?;
            let mut input = Numbers::new(&bytes);
            let mut reader = ColumnReader::new(column, &entry, self.chunk);
            for row in (0..self.rows()).filter(held) {
                let subject = subjects.as_ref().map_or(0, |subjects| subjects[row]);
                let about = About { context: self.contexts[row].wrapping_add(1), subject };
                let clock = match column.clock {
                    Clock::None => 0,
                    Clock::Wall => self.times[row],
                    Clock::Boot => self.boots[row],
                };
                values.push(reader.next(about, clock, &mut input)?);
            }
            whole(&input)?;
        }
        if let Some(subjects) = subjects {
            self.subjects = Some(subjects);
        }
        self.columns[local].values = values;
        self.columns[local].read = true;
        Ok(())
    }

    /// Text id plus one of what each row is about; taken, to be put back.
    fn subjects(&mut self) -> Result<Vec<u32>, Broken> {
        if let Some(subjects) = self.subjects.take() {
            return Ok(subjects);
        }
        let mut columns: Vec<usize> = self.kinds.iter().filter_map(|kind| kind.subject).collect();
        columns.sort_unstable();
        columns.dedup();
        for local in columns.iter().filter(|local| **local != usize::MAX) {
            self.read(*local)?;
        }
        let mut cursors = vec![0; self.columns.len()];
        let mut subjects = Vec::with_capacity(self.rows());
        for row in 0..self.rows() {
            let kind = self.kind_of(row);
            let subject = kind
                .subject
                .and_then(|local| self.columns.get(local)?.values.get(cursors[local]).copied());
            subjects.push(subject.and_then(|id| u32::try_from(id).ok()).unwrap_or(0));
            for (local, _) in kind.columns.iter().filter(|(local, _)| *local != usize::MAX) {
                cursors[*local] += 1;
            }
        }
        Ok(subjects)
    }

    fn clocks(&mut self) -> Result<(), Broken> {
        if self.boots.is_empty() && self.rows() > 0 {
            self.times()?;
            let offsets = self.differences(section::CLOCKS)?;
            let boots = self.times.iter().zip(offsets);
            self.boots = boots.map(|(time, offset)| time.wrapping_sub(offset)).collect();
        }
        Ok(())
    }

    /// Unpacks everything that is left, so that rows can be put together.
    pub fn complete(&mut self) -> Result<(), Broken> {
        self.clocks()?;
        for local in 0..self.columns.len() {
            self.read(local)?;
        }
        if self.threads.is_empty() && self.rows() > 0 {
            let bytes = self.chunk.block.unpack(section::THREADS)?;
            let mut numbers = Numbers::new(&bytes);
            let mut guess = NumberGuess::new(true);
            for context in &self.contexts {
                let about = About { context: context.wrapping_add(1), subject: 0 };
                let thread = guess.read(about, &mut numbers)?;
                let thread = thread.and_then(|thread| u32::try_from(thread).ok());
                self.threads.push(thread.ok_or(Broken("a thread is missing"))?);
            }
            whole(&numbers)?;
        }
        Ok(())
    }

    /// Walks the rows in order or backwards; `complete` must have been called.
    pub fn walk(&self, backwards: bool) -> Walk<'_> {
        let lens = self.columns.iter().map(|local| local.values.len());
        let cursors = if backwards { lens.collect() } else { vec![0; self.columns.len()] };
        Walk { reader: self, cursors, backwards, next: 0 }
    }

    /// Checks that every section of the block is one this build reads.
    pub fn check_sections(&self) -> Result<(), Broken> {
        let layout = Layout::get();
        let stray = self.chunk.block.sections().any(|entry: &Section| {
            let id = entry.id.get();
            id > section::THREADS && layout.find(id).is_none() && !self.unknown.contains(&id)
        });
        if stray { Err(Broken("a section belongs to no column")) } else { Ok(()) }
    }
}

/// Row of the first event of each context that a block adds, in order of their ids.
pub fn first_rows(chunk: &Chunk) -> Result<Vec<u32>, Broken> {
    let [base, count] = chunk.block.header.contexts.map(|n| n.get());
    let bytes = chunk.block.unpack(section::CONTEXTS)?;
    let mut numbers = Numbers::new(&bytes);
    let mut recent = Recent::default();
    recent.reset(base);
    let mut firsts = Vec::with_capacity(at(count));
    for row in 0..chunk.block.header.events.get() {
        // New contexts are numbered as they first come.
        if recent.read(&mut numbers)? == base + short(firsts.len()) {
            firsts.push(row);
        }
    }
    whole(&numbers)?;
    Ok(firsts)
}

fn whole(numbers: &Numbers<'_>) -> Result<(), Broken> {
    if numbers.done() { Ok(()) } else { Err(Broken("a column is longer than its rows")) }
}

/// A place among the rows of a block.
#[derive(Debug)]
pub struct Walk<'r> {
    reader: &'r BlockReader<'r>,
    cursors: Vec<usize>,
    backwards: bool,
    next: usize,
}

impl Walk<'_> {
    /// The next row's number, or none. Its values stay under the cursors until the next call.
    pub fn advance(&mut self) -> Option<usize> {
        let rows = self.reader.rows();
        if self.next >= rows {
            return None;
        }
        let row = if self.backwards { rows - 1 - self.next } else { self.next };
        if self.backwards {
            self.step(row, false);
        } else if self.next > 0 {
            self.step(row - 1, true);
        }
        self.next += 1;
        Some(row)
    }

    fn step(&mut self, row: usize, up: bool) {
        for (local, _) in &self.reader.kind_of(row).columns {
            if let Some(cursor) = self.cursors.get_mut(*local) {
                *cursor = if up { *cursor + 1 } else { cursor.saturating_sub(1) };
            }
        }
    }

    /// Puts the current row together; `None` for a kind this build does not know.
    pub fn make(
        &self,
        row: usize,
        process: &Context,
        body: &mut Vec<u64>,
        tail: &mut Vec<u8>,
    ) -> Result<Option<MadeRow>, Broken> {
        let reader = self.reader;
        let local = reader.kind_of(row);
        let Some(kind) = local.kind else { return Ok(None) };
        let Some(record) = Layout::get().kind(kind as u32) else { return Ok(None) };
        body.clear();
        body.resize(record.len.div_ceil(8), 0);
        tail.clear();
        let bytes = &mut body.as_mut_bytes()[..record.len];
        bytes.copy_from_slice(&record.absent);
        for (column, place) in &local.columns {
            let Some(place) = place else { continue };
            let cursor = self.cursors[*column];
            let value = reader.columns[*column].values.get(cursor);
            let value = *value.ok_or(Broken("a value is missing"))?;
            reader.segment.restore(place, value, bytes, tail)?;
        }
        let shape = reader.shapes[row];
        let header = &reader.chunk.block.header;
        let offset = u64::try_from(row).unwrap_or(0);
        let head = Head {
            sequence: header.first_sequence.get().wrapping_add(offset),
            time: Time(reader.times[row]),
            boot_time: BootTime(reader.boots[row]),
            flags: EventFlags(shape.flags),
            result: Errno(shape.result),
            tid: reader.threads[row].wrapping_add(process.pid),
            kind: shape.kind,
            source: Source(shape.source),
        };
        Ok(Some(MadeRow { head, kind }))
    }
}
