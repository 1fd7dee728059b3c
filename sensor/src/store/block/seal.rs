// SPDX-License-Identifier: Apache-2.0
//! A raw block becomes its bytes: guesses, variable-length numbers, one zstd frame a section.
use super::dictionary::Additions;
use super::encoder::RawBlock;
use super::predict::{About, IdGuess, NumberGuess, Recent};
use super::{EventShape, Header, MAGIC, Section, VERSION, section};
use crate::store::layout::{Clock, Column, Layout, Shape};
use crate::store::number::{Broken, at, long, put, short, zigzag};
use crate::store::tables::Summary;
use zerocopy::{IntoBytes, LE, U16, U32, U64};

/// zstd level: 9 saves half a byte an event at twice the time.
const LEVEL: i32 = 3;
/// Shorter sections are stored as they are: a frame's own header would eat the gain.
const PACK_MIN: usize = 48;

/// A block ready to be put into the tables.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Segment.
    pub segment: u32,
    /// Place in the segment.
    pub index: u16,
    /// The block's bytes.
    pub bytes: Vec<u8>,
    /// What readers need to know without unpacking it.
    pub summary: Summary,
}

enum Guess {
    Number(NumberGuess),
    Id(IdGuess),
}

/// The values of one column on their way out.
struct Outlet {
    guess: Guess,
    plain: Vec<u8>,
    /// The same values relative to a clock, for columns that have one; the shorter wins.
    relative: Option<(NumberGuess, Vec<u8>)>,
    cursor: usize,
}

impl Outlet {
    fn new(column: &Column) -> Outlet {
        let narrow = column.shape == Shape::Number32;
        let guess = if column.shape.is_id() {
            Guess::Id(IdGuess::default())
        } else {
            Guess::Number(NumberGuess::new(narrow))
        };
        let clocked = column.clock != Clock::None;
        let relative = clocked.then(|| (NumberGuess::new(false), Vec::new()));
        Outlet { guess, plain: Vec::new(), relative, cursor: 0 }
    }

    fn reset(&mut self, id_base: u32) {
        match &mut self.guess {
            Guess::Number(guess) => guess.reset(),
            Guess::Id(guess) => guess.reset(id_base),
        }
        self.plain.clear();
        if let Some((guess, out)) = &mut self.relative {
            guess.reset();
            out.clear();
        }
        self.cursor = 0;
    }

    #[inline]
    fn write(&mut self, column: &Column, value: u64, about: About, clock: u64) {
        self.cursor += 1;
        match &mut self.guess {
            Guess::Id(guess) => {
                let id = u32::try_from(value).unwrap_or(0);
                guess.write(about.context, id, &mut self.plain);
            }
            Guess::Number(guess) => {
                let value = (value != column.absent).then_some(value);
                guess.write(about, value, &mut self.plain);
                if let Some((guess, out)) = &mut self.relative {
                    guess.write(about, value.map(|time| time.wrapping_sub(clock)), out);
                }
            }
        }
    }
}

/// Seals blocks one after another; must see every block of a segment from its first.
pub struct Sealer {
    layout: &'static Layout,
    packer: zstd::bulk::Compressor<'static>,
    outlets: Vec<Option<Outlet>>,
    shapes: Vec<EventShape>,
    recent: Recent,
    scratch: Vec<u8>,
    packed: Vec<u8>,
}

/// The sections of one block while they are collected.
#[derive(Default)]
struct Body {
    directory: Vec<Section>,
    bytes: Vec<u8>,
}

impl Sealer {
    /// A sealer.
    ///
    /// # Errors
    /// When zstd has no memory for its working space.
    pub fn new() -> std::io::Result<Sealer> {
        let layout = Layout::get();
        Ok(Sealer {
            layout,
            packer: zstd::bulk::Compressor::new(LEVEL)?,
            outlets: layout.columns.iter().map(|_| None).collect(),
            shapes: Vec::new(),
            recent: Recent::default(),
            scratch: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// Makes the bytes of a block.
    ///
    /// # Errors
    /// When zstd fails, or the block does not follow the one before it.
    pub fn seal(&mut self, raw: &RawBlock) -> Result<Sealed, Broken> {
        if raw.index == 0 {
            self.shapes.clear();
        }
        if at(raw.new_shapes.0) != self.shapes.len() {
            return Err(Broken("a block was sealed out of order"));
        }
        self.shapes.extend_from_slice(&raw.new_shapes.1);
        let micro = raw.times.iter().all(|time| time % 1000 == 0);
        let mut body = Body::default();
        self.kinds(raw, &mut body)?;
        self.dictionaries(raw, &mut body)?;
        self.heads(raw, if micro { 1000 } else { 1 }, &mut body)?;
        self.reset_outlets(raw);
        self.rows(raw);
        self.contexts(raw);
        self.columns(&mut body)?;
        Ok(Sealed {
            segment: raw.segment,
            index: raw.index,
            bytes: assemble(raw, u16::from(!micro), &body),
            summary: self.summary(raw),
        })
    }

    fn kind_of(&self, shape: u32) -> u32 {
        self.shapes.get(at(shape)).map_or(0, |shape| shape.kind)
    }

    fn kinds(&mut self, raw: &RawBlock, body: &mut Body) -> Result<(), Broken> {
        let mut present: Vec<u32> = raw.shapes.iter().map(|shape| self.kind_of(*shape)).collect();
        present.sort_unstable();
        present.dedup();
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        for kind in present {
            let Some(record) = self.layout.kind(kind) else { continue };
            put(&mut out, u64::from(kind));
            put(&mut out, record.subject.map_or(0, |subject| long(subject) + 1));
            put(&mut out, long(record.places.len()));
            for place in &record.places {
                out.extend_from_slice(&self.layout.columns[place.column].id.to_le_bytes());
            }
        }
        self.scratch = out;
        self.pack_scratch(section::KINDS, body)
    }

    fn dictionaries(&mut self, raw: &RawBlock, body: &mut Body) -> Result<(), Broken> {
        let Additions { parents, lengths, bytes, .. } = &raw.texts;
        self.pack(section::TEXT_PARENTS, 0, 0, parents, body)?;
        self.pack(section::TEXT_LENGTHS, 0, 0, lengths, body)?;
        self.pack(section::TEXT_BYTES, 0, 0, bytes, body)?;
        self.pack(section::RAW_LENGTHS, 0, 0, &raw.raws.lengths, body)?;
        self.pack(section::RAW_BYTES, 0, 0, &raw.raws.bytes, body)?;
        let (mut starts, mut pids) = (Vec::new(), Vec::new());
        let (mut last_start, mut last_pid) = (0u64, 0u64);
        for key in &raw.keys.1 {
            put(&mut starts, zigzag(key.start_ns.wrapping_sub(last_start).cast_signed()));
            put(&mut pids, zigzag(key.pid.wrapping_sub(last_pid).cast_signed()));
            (last_start, last_pid) = (key.start_ns, key.pid);
        }
        self.pack(section::KEY_STARTS, 0, 0, &starts, body)?;
        self.pack(section::KEY_PIDS, 0, 0, &pids, body)?;
        self.scratch.clear();
        for shape in &raw.new_shapes.1 {
            put(&mut self.scratch, u64::from(shape.kind));
            put(&mut self.scratch, u64::from(shape.source));
            put(&mut self.scratch, shape.flags);
            put(&mut self.scratch, zigzag(i64::from(shape.result)));
        }
        self.pack_scratch(section::SHAPES, body)
    }

    fn heads(&mut self, raw: &RawBlock, unit: u64, body: &mut Body) -> Result<(), Broken> {
        let differences = |out: &mut Vec<u8>, values: &mut dyn Iterator<Item = u64>| {
            out.clear();
            let mut last = 0u64;
            for value in values {
                put(out, zigzag(value.wrapping_sub(last).cast_signed()));
                last = value;
            }
        };
        differences(&mut self.scratch, &mut raw.times.iter().map(|time| time / unit));
        self.pack_scratch(section::TIMES, body)?;
        let clocks = raw.times.iter().zip(&raw.boots);
        let mut clocks = clocks.map(|(time, boot)| time.wrapping_sub(*boot));
        differences(&mut self.scratch, &mut clocks);
        self.pack_scratch(section::CLOCKS, body)?;
        self.scratch.clear();
        raw.shapes.iter().for_each(|shape| put(&mut self.scratch, u64::from(*shape)));
        self.pack_scratch(section::EVENT_SHAPES, body)?;
        self.scratch.clear();
        self.recent.reset(raw.context_base);
        for context in &raw.contexts {
            self.recent.write(*context, &mut self.scratch);
        }
        self.pack_scratch(section::CONTEXTS, body)?;
        self.scratch.clear();
        let mut guess = NumberGuess::new(true);
        for (thread, context) in raw.threads.iter().zip(&raw.contexts) {
            let about = About { context: context + 1, subject: 0 };
            guess.write(about, Some(u64::from(*thread)), &mut self.scratch);
        }
        self.pack_scratch(section::THREADS, body)
    }

    fn reset_outlets(&mut self, raw: &RawBlock) {
        let columns = self.layout.columns.iter().zip(&mut self.outlets);
        for ((column, outlet), values) in columns.zip(&raw.columns) {
            if values.is_empty() && outlet.is_none() {
                continue;
            }
            let base = match column.shape {
                Shape::Text => raw.texts.base,
                Shape::Raw => raw.raws.base,
                _ => raw.keys.0,
            };
            outlet.get_or_insert_with(|| Outlet::new(column)).reset(base);
        }
    }

    fn rows(&mut self, raw: &RawBlock) {
        let layout = self.layout;
        for (row, (shape, context)) in raw.shapes.iter().zip(&raw.contexts).enumerate() {
            let kind = self.kind_of(*shape);
            let Some(record) = layout.kind(kind) else { continue };
            let value = |outlets: &[Option<Outlet>], column: usize| {
                let cursor = outlets[column].as_ref().map_or(0, |outlet| outlet.cursor);
                raw.columns[column].get(cursor).copied().unwrap_or(0)
            };
            let subject = record.subject.map(|subject| record.places[subject].column);
            let subject = subject.map_or(0, |column| value(&self.outlets, column));
            let subject = u32::try_from(subject).unwrap_or(0);
            let about = About { context: context + 1, subject };
            for place in &record.places {
                let column = &layout.columns[place.column];
                let value = value(&self.outlets, place.column);
                let clock = match column.clock {
                    Clock::Boot => raw.boots[row],
                    _ => raw.times[row],
                };
                if let Some(outlet) = &mut self.outlets[place.column] {
                    outlet.write(column, value, about, clock);
                }
            }
        }
    }

    fn contexts(&mut self, raw: &RawBlock) {
        let layout = self.layout;
        let process = layout.context.places.iter().find(|place| place.shape == Shape::Key);
        let Some(process) = process.map(|place| place.column) else { return };
        let keys = &raw.columns[process];
        for (row, context) in raw.processes.iter().enumerate() {
            let key = keys.get(row).and_then(|key| u32::try_from(*key).ok()).unwrap_or(0);
            for place in &layout.context.places {
                // The process guides every column but its own, as the reader must be able to.
                let guide = if place.column == process { 0 } else { key };
                let about = About { context: guide, subject: 0 };
                let value = raw.columns[place.column][row];
                if let Some(outlet) = &mut self.outlets[place.column] {
                    let column = &layout.columns[place.column];
                    outlet.write(column, value, about, context.key.start_ns);
                }
            }
        }
    }

    fn columns(&mut self, body: &mut Body) -> Result<(), Broken> {
        let mut outlets = std::mem::take(&mut self.outlets);
        let mut result = Ok(());
        for (column, outlet) in self.layout.columns.iter().zip(&mut outlets) {
            let Some(outlet) = outlet.as_mut().filter(|outlet| outlet.cursor > 0) else {
                continue;
            };
            let relative = outlet.relative.as_ref().map(|(_, out)| out);
            let relative = relative.filter(|out| out.len() < outlet.plain.len());
            let (bytes, mode) = match relative {
                Some(out) => (out, Section::RELATIVE),
                None => (&outlet.plain, 0),
            };
            let constant = bytes.len() == outlet.cursor && bytes.iter().all(|b| *b == bytes[0]);
            let (bytes, mode) =
                if constant { (&bytes[..1], mode | Section::CONSTANT) } else { (&bytes[..], mode) };
            result = self.pack(column.id, column.shape as u8, mode, bytes, body);
            if result.is_err() {
                break;
            }
        }
        self.outlets = outlets;
        result
    }

    fn pack_scratch(&mut self, id: u32, body: &mut Body) -> Result<(), Broken> {
        let bytes = std::mem::take(&mut self.scratch);
        let result = self.pack(id, 0, 0, &bytes, body);
        self.scratch = bytes;
        result
    }

    fn pack(
        &mut self,
        id: u32,
        shape: u8,
        mode: u8,
        bytes: &[u8],
        body: &mut Body,
    ) -> Result<(), Broken> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut entry = Section {
            id: U32::new(id),
            unpacked: U32::new(short(bytes.len())),
            stored: U32::new(short(bytes.len())),
            shape,
            mode,
            reserved: U16::new(0),
        };
        self.packed.clear();
        if bytes.len() >= PACK_MIN {
            self.packed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
            self.packer
                .compress_to_buffer(bytes, &mut self.packed)
                .map_err(|_| Broken("zstd failed"))?;
        }
        if !self.packed.is_empty() && self.packed.len() < bytes.len() {
            entry.stored = U32::new(short(self.packed.len()));
            entry.mode |= Section::PACKED;
            body.bytes.extend_from_slice(&self.packed);
        } else {
            body.bytes.extend_from_slice(bytes);
        }
        body.directory.push(entry);
        Ok(())
    }

    fn summary(&self, raw: &RawBlock) -> Summary {
        let mut counts = std::collections::BTreeMap::new();
        for shape in &raw.shapes {
            *counts.entry(self.kind_of(*shape)).or_insert(0u32) += 1;
        }
        let starts = raw.processes.iter().map(|process| process.key.start_ns);
        Summary {
            first_sequence: raw.first_sequence,
            generation: raw.generation,
            events: short(raw.rows()),
            contexts: short(raw.processes.len()),
            min_time: raw.times.iter().copied().min().unwrap_or(0),
            max_time: raw.times.iter().copied().max().unwrap_or(0),
            min_start: starts.clone().min().unwrap_or(u64::MAX),
            max_start: starts.max().unwrap_or(0),
            kinds: counts.into_iter().collect(),
        }
    }
}

/// Header, directory, sections; then the checksum over all that follows it.
fn assemble(raw: &RawBlock, unit: u16, body: &Body) -> Vec<u8> {
    let directory = body.directory.as_bytes();
    let length = size_of::<Header>() + directory.len() + body.bytes.len();
    let pair = |base: u32, count: usize| [U32::<LE>::new(base), U32::new(short(count))];
    let mut header = Header {
        magic: U32::new(MAGIC),
        length: U32::new(short(length)),
        checksum: U32::new(0),
        version: U16::new(VERSION),
        sections: U16::new(u16::try_from(body.directory.len()).unwrap_or(u16::MAX)),
        segment: U32::new(raw.segment),
        index: U16::new(raw.index),
        unit: U16::new(unit),
        first_sequence: U64::new(raw.first_sequence),
        generation: U64::new(raw.generation),
        events: U32::new(short(raw.rows())),
        texts: pair(raw.texts.base, at(raw.texts.count)),
        raws: pair(raw.raws.base, at(raw.raws.count)),
        keys: pair(raw.keys.0, raw.keys.1.len()),
        shapes: pair(raw.new_shapes.0, raw.new_shapes.1.len()),
        contexts: pair(raw.context_base, raw.processes.len()),
    };
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(directory);
    bytes.extend_from_slice(&body.bytes);
    header.checksum = U32::new(crc32c::crc32c(&bytes[12..]));
    bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
    bytes
}
