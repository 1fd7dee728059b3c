// SPDX-License-Identifier: Apache-2.0
//! The journal, the readers' side: copied with `pread`, believed frame by frame, followed as it
//! grows. Recovery, `verify` and every reader use this one reading of it.
use super::change::{take_text, take_words};
use super::file::{FileHeader, slot_start};
use super::frame::{FrameHeader, Last, checksum};
use super::{FRAME_MAGIC, FRAME_MAX};
use crate::store::layout::Layout;
use crate::store::number::{Broken, Numbers, at};
use crate::store::{ContextRef, Row, StoreError};
use common::event::{Context, Head, Kind};
use common::record::Malformed;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use zerocopy::FromBytes;

/// Bytes asked for at a time.
const CHUNK: usize = 256 << 10;

#[derive(Clone, Debug)]
struct StoredRow {
    head: Head,
    kind: Kind,
    context: u32,
    body: Range<usize>,
    tail: Range<usize>,
}

/// The frames of one generation, as far as they are whole.
#[derive(Debug)]
pub struct Slot {
    /// Which generation; 0 is none.
    pub generation: u64,
    /// Bytes of whole frames.
    read: u64,
    first: u64,
    rows: Vec<StoredRow>,
    arena: Vec<u8>,
    contexts: Vec<(Context, Range<usize>)>,
    last: Last,
    /// A frame whose checksum held but whose rows made no sense.
    pub broken: Option<Broken>,
}

impl Slot {
    fn new() -> Slot {
        Slot {
            generation: 0,
            read: 0,
            first: 0,
            rows: Vec::new(),
            arena: Vec::new(),
            contexts: Vec::new(),
            last: Last::default(),
            broken: None,
        }
    }

    fn restart(&mut self, generation: u64) {
        self.generation = generation;
        self.read = 0;
        self.rows.clear();
        self.arena.clear();
        self.contexts.clear();
        self.last.reset();
        self.broken = None;
    }

    /// Sequences of the rows.
    pub fn sequences(&self) -> Range<u64> {
        self.first..self.first + u64::try_from(self.rows.len()).unwrap_or(0)
    }

    /// A row by its place; `salt` keeps context ids of different slots apart.
    pub fn row(&self, place: usize) -> Option<Row<'_>> {
        let row = self.rows.get(place)?;
        let (fixed, tail) = self.contexts.get(at(row.context))?;
        let id = self.generation << 32 | u64::from(row.context);
        Some(Row {
            head: row.head,
            context: ContextRef { id, fixed, tail: &self.arena[tail.clone()] },
            kind: row.kind,
            body: &self.arena[row.body.clone()],
            tail: &self.arena[row.tail.clone()],
        })
    }

    /// Contexts of the slot in order of first use.
    pub fn contexts(&self) -> impl DoubleEndedIterator<Item = (&Context, &[u8])> {
        self.contexts.iter().map(|(fixed, tail)| (fixed, &self.arena[tail.clone()]))
    }

    /// Sequence of the first row of each context, in the same order.
    pub fn firsts(&self) -> Vec<u64> {
        let mut firsts: Vec<u64> = Vec::with_capacity(self.contexts.len());
        for row in &self.rows {
            if at(row.context) == firsts.len() {
                firsts.push(row.head.sequence);
            }
        }
        firsts
    }

    /// Takes the whole frames at the start of `bytes`: how many bytes they have, and how many
    /// are wanted when the next one is cut by the end of `bytes`.
    fn take(&mut self, bytes: &[u8], room: u64) -> (usize, usize) {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let Ok((header, rows)) = FrameHeader::read_from_prefix(rest) else {
                return (taken, size_of::<FrameHeader>());
            };
            let length = at(header.length.get());
            let fits = u64::from(header.length.get()) <= room && length <= FRAME_MAX;
            let next = self.rows.is_empty() || header.first_sequence.get() == self.sequences().end;
            let ours = header.generation.get() == self.generation;
            if header.magic.get() != FRAME_MAGIC || !fits || !next || !ours {
                return (taken, 0);
            }
            let Some(rows) = rows.get(..length) else {
                return (taken, size_of::<FrameHeader>() + length);
            };
            if checksum(&header, rows) != header.checksum.get() {
                return (taken, 0);
            }
            if let Err(why) = self.frame(&header, rows) {
                self.broken = Some(why);
                return (taken, 0);
            }
            taken += size_of::<FrameHeader>() + length;
        }
    }

    fn frame(&mut self, header: &FrameHeader, bytes: &[u8]) -> Result<(), Broken> {
        if self.rows.is_empty() {
            self.first = header.first_sequence.get();
        }
        let mut input = Numbers::new(bytes);
        for n in 0..u64::from(header.count.get()) {
            let sequence = header.first_sequence.get().checked_add(n);
            self.add(sequence.ok_or(Broken("a sequence number is too large"))?, &mut input)?;
        }
        if input.done() { Ok(()) } else { Err(Broken("a frame is longer than its rows")) }
    }

    fn add(&mut self, sequence: u64, input: &mut Numbers<'_>) -> Result<(), Broken> {
        let context = input.next_short()?;
        if at(context) == self.contexts.len() {
            take_words(&mut self.last.context, input)?;
            take_text(&mut self.last.context_tail, input)?;
            let fixed = Context::read_from_bytes(&self.last.context)
                .map_err(|_| Broken("a context does not fit its record"))?;
            let tail = keep(&mut self.arena, &self.last.context_tail);
            self.contexts.push((fixed, tail));
        } else if at(context) > self.contexts.len() {
            return Err(Broken("a row's context is not there"));
        }
        take_words(&mut self.last.head, input)?;
        let head = Head::read_from_bytes(&self.last.head)
            .map_err(|_| Broken("a head does not fit its record"))?;
        let kind = Kind::from_id(head.kind).ok_or(Broken("a kind this build does not know"))?;
        let (body, tail) = self.last.kind(head.kind, kind.body_len());
        take_words(body, input)?;
        take_text(tail, input)?;
        check(kind, body, tail)?;
        let (body, tail) = (keep(&mut self.arena, body), keep(&mut self.arena, tail));
        let head = Head { sequence, ..head };
        self.rows.push(StoredRow { head, kind, context, body, tail });
        Ok(())
    }
}

fn keep(arena: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = arena.len();
    arena.extend_from_slice(bytes);
    start..arena.len()
}

fn check(kind: Kind, body: &[u8], tail: &[u8]) -> Result<(), Broken> {
    let Some(record) = Layout::get().kind(kind as u32) else {
        return Err(Broken("a kind this build does not know"));
    };
    match crate::store::block::encoder::check_record(record, body, tail) {
        Ok(()) => Ok(()),
        Err(Malformed::Tail) => Err(Broken("a row's text leaves its tail")),
        Err(_) => Err(Broken("a row's body has the wrong length")),
    }
}

/// The journal as far as it has been read.
#[derive(Debug)]
pub struct JournalView {
    path: PathBuf,
    file: Option<(File, (u64, u64), u64)>,
    slots: Vec<Slot>,
}

impl JournalView {
    /// Nothing read yet.
    pub fn new(dir: &Path) -> JournalView {
        JournalView { path: dir.join("journal"), file: None, slots: Vec::new() }
    }

    /// Reads what has come since the last call. A missing journal has no rows.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn refresh(&mut self) -> Result<(), StoreError> {
        let failed = |why| StoreError::file(&self.path, "read the journal", why);
        match std::fs::metadata(&self.path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                self.file = None;
                self.slots.clear();
                return Ok(());
            }
            Err(why) => return Err(failed(why)),
            Ok(found) => {
                let identity = (found.dev(), found.ino());
                if self.file.as_ref().is_none_or(|(_, known, _)| *known != identity) {
                    self.slots.clear();
                    let file = File::open(&self.path).map_err(failed)?;
                    let Some(header) = FileHeader::read(&file).map_err(failed)? else {
                        self.file = None;
                        return Ok(()); // being made this moment
                    };
                    let slots = 0..header.slots.get();
                    self.slots = slots.map(|_| Slot::new()).collect();
                    self.file = Some((file, identity, header.slot_bytes.get()));
                }
            }
        }
        let Some((file, _, slot_bytes)) = &self.file else { return Ok(()) };
        for (number, slot) in (0u64..).zip(&mut self.slots) {
            follow(file, slot_start(number, *slot_bytes), *slot_bytes, slot).map_err(failed)?;
        }
        Ok(())
    }

    /// Slots that have rows, in order of their generations.
    pub fn generations(&self) -> Vec<&Slot> {
        let mut slots: Vec<&Slot> = self.slots.iter().filter(|s| !s.rows.is_empty()).collect();
        slots.sort_by_key(|slot| slot.generation);
        slots
    }

    /// Slots with rows from number `from` on, as far as they follow each other without a hole.
    ///
    /// Slots are copied one after another while the writer goes on, so a late one may hold rows
    /// that are newer than what an early one has still to get; those are for the next copy.
    pub fn following(&self, from: u64) -> Vec<&Slot> {
        let mut next = from;
        let mut slots = self.generations();
        slots.retain(|slot| {
            let sequences = slot.sequences();
            let follows = sequences.start <= next && sequences.end > next;
            next = if follows { sequences.end } else { next };
            follows
        });
        slots
    }

    /// The first frame that passed its checksum and still made no sense.
    pub fn broken(&self) -> Option<(u64, Broken)> {
        self.slots.iter().find_map(|slot| slot.broken.map(|why| (slot.generation, why)))
    }

    /// The highest generation any slot begins with.
    pub fn top_generation(&self) -> u64 {
        self.slots.iter().map(|slot| slot.generation).max().unwrap_or(0)
    }
}

fn follow(file: &File, start: u64, slot_bytes: u64, slot: &mut Slot) -> io::Result<()> {
    let mut first = [0; size_of::<FrameHeader>()];
    read_some(file, start, &mut first)?;
    let header = FrameHeader::read_from_bytes(&first).ok();
    let header = header.filter(|header| header.magic.get() == FRAME_MAGIC);
    let generation = header.map_or(0, |header| header.generation.get());
    if generation != slot.generation {
        slot.restart(generation);
    }
    if generation == 0 || slot.broken.is_some() {
        return Ok(());
    }
    let mut buffer = Vec::new();
    let mut want = CHUNK;
    loop {
        let left = slot_bytes - slot.read;
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(want);
        buffer.resize(n, 0);
        let got = read_some(file, start + slot.read, &mut buffer)?;
        let (taken, wanted) = slot.take(&buffer[..got], left);
        slot.read += u64::try_from(taken).unwrap_or(0);
        let more = taken > 0 || (wanted > got && got == n);
        if wanted == 0 || !more || got < n && taken == 0 {
            return Ok(());
        }
        if u64::try_from(wanted).unwrap_or(u64::MAX) > slot_bytes - slot.read {
            return Ok(());
        }
        want = CHUNK.max(wanted);
    }
}

fn read_some(file: &File, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        let at = place + u64::try_from(got).unwrap_or(0);
        match file.read_at(&mut buffer[got..], at) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(got)
}
