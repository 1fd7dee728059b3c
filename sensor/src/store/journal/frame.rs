// SPDX-License-Identifier: Apache-2.0
//! Rows into frames. A generation's frames are read in order, so each row says only what changed.
use super::FRAME_MAGIC;
use super::change::{put_text, put_words};
use crate::store::Row;
use crate::store::block::dictionary::{Values, Words};
use crate::store::number::{at, put, short};
use common::event::{Context, Head};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, LE, U32, U64, Unaligned};

/// The fixed start of a frame.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct FrameHeader {
    /// "TJF1".
    pub magic: U32<LE>,
    /// Bytes of rows after this header.
    pub length: U32<LE>,
    /// The block the rows will be in.
    pub generation: U64<LE>,
    /// Sequence of the first row; the others follow densely.
    pub first_sequence: U64<LE>,
    /// Rows.
    pub count: U32<LE>,
    /// CRC-32C of this header with 0 here, and the rows.
    pub checksum: U32<LE>,
}

/// The checksum a frame must have.
pub fn checksum(header: &FrameHeader, rows: &[u8]) -> u32 {
    let blank = FrameHeader { checksum: U32::new(0), ..*header };
    crc32c::crc32c_append(crc32c::crc32c(blank.as_bytes()), rows)
}

/// A frame on its way to the disk.
#[derive(Debug, Default)]
pub struct Frame {
    /// Which generation.
    pub generation: u64,
    /// Sequence after its last row.
    pub end: u64,
    /// Header and rows.
    pub bytes: Vec<u8>,
}

/// What rows are told relative to: the last bytes of each sort.
#[derive(Debug, Default)]
pub struct Last {
    /// The last head.
    pub head: Vec<u8>,
    /// The last context.
    pub context: Vec<u8>,
    /// The last context's texts.
    pub context_tail: Vec<u8>,
    /// The last body and tail of each kind.
    pub kinds: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Last {
    /// The state a generation starts in.
    pub fn reset(&mut self) {
        self.head.clear();
        self.head.resize(size_of::<Head>(), 0);
        self.context.clear();
        self.context.resize(size_of::<Context>(), 0);
        self.context_tail.clear();
        for (body, tail) in &mut self.kinds {
            body.clear();
            tail.clear();
        }
    }

    /// The last body and tail of a kind; the body has `len` bytes.
    pub fn kind(&mut self, id: u32, len: usize) -> &mut (Vec<u8>, Vec<u8>) {
        if self.kinds.len() <= at(id) {
            self.kinds.resize_with(at(id) + 1, Default::default);
        }
        let last = &mut self.kinds[at(id)];
        last.0.resize(len, 0);
        last
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct RunId(u64);

impl Words for RunId {
    fn words(&self) -> [u64; 3] {
        [self.0, 0, 0]
    }
}

/// Collects rows into the next frame.
#[derive(Debug)]
pub struct FrameBuilder {
    last: Last,
    contexts: Values<RunId>,
    known_contexts: u32,
    last_context: Option<(u64, u32)>,
    bytes: Vec<u8>,
    first: u64,
    count: u32,
    generation_bytes: usize,
}

impl FrameBuilder {
    /// At the start of a generation.
    pub fn new() -> FrameBuilder {
        let mut builder = FrameBuilder {
            last: Last::default(),
            contexts: Values::new(),
            known_contexts: 0,
            last_context: None,
            bytes: Vec::new(),
            first: 0,
            count: 0,
            generation_bytes: 0,
        };
        builder.next_generation();
        builder
    }

    /// Forgets what rows are told relative to: a slot must be readable by itself.
    pub fn next_generation(&mut self) {
        self.last.reset();
        self.contexts.clear();
        self.known_contexts = 0;
        self.last_context = None;
        self.generation_bytes = 0;
    }

    /// Bytes of the frame so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of the generation so far, with headers.
    pub fn generation_len(&self) -> usize {
        self.generation_bytes + self.bytes.len()
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row<'_>, sequence: u64) {
        if self.bytes.is_empty() {
            self.bytes.resize(size_of::<FrameHeader>(), 0);
            self.first = sequence;
        }
        let out = &mut self.bytes;
        let context = match self.last_context {
            Some((run, context)) if run == row.context.id => context,
            _ => self.contexts.intern(RunId(row.context.id)),
        };
        self.last_context = Some((row.context.id, context));
        put(out, u64::from(context));
        if context == self.known_contexts {
            self.known_contexts += 1;
            put_words(&mut self.last.context, row.context.fixed.as_bytes(), out);
            put_text(&mut self.last.context_tail, row.context.tail, out);
        }
        let kind = row.kind as u32;
        // The sequence is the frame's first plus the row's place, so it never changes here.
        let head = Head { sequence: 0, kind, ..row.head };
        put_words(&mut self.last.head, head.as_bytes(), out);
        let (body, tail) = self.last.kind(kind, row.body.len());
        put_words(body, row.body, out);
        put_text(tail, row.tail, out);
        self.count += 1;
    }

    /// Ends the frame; `None` when it has no rows. `spare` is memory to go on in.
    pub fn finish(&mut self, generation: u64, spare: Vec<u8>) -> Option<Frame> {
        if self.count == 0 {
            return None;
        }
        let mut bytes = std::mem::replace(&mut self.bytes, spare);
        self.bytes.clear();
        let size = size_of::<FrameHeader>();
        let mut header = FrameHeader {
            magic: U32::new(FRAME_MAGIC),
            length: U32::new(short(bytes.len() - size)),
            generation: U64::new(generation),
            first_sequence: U64::new(self.first),
            count: U32::new(self.count),
            checksum: U32::new(0),
        };
        header.checksum = U32::new(checksum(&header, &bytes[size..]));
        bytes[..size].copy_from_slice(header.as_bytes());
        let end = self.first + u64::from(self.count);
        self.count = 0;
        self.generation_bytes += bytes.len();
        Some(Frame { generation, end, bytes })
    }
}
