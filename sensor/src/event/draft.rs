// SPDX-License-Identifier: Apache-2.0
//! Events before their context is known, kept in one arena that is cleared per batch: nothing is
//! allocated for an event once the arena has grown to the size of a busy batch.
use common::event::{Event as Kinded, Kind};
use common::names::{EventFlags, Source};
use common::value::{Bytes, Errno, IpList, ProcessKey, Span, Text, TextList, Typed};
use common::wire::Header;
use zerocopy::IntoBytes;

/// Whom an event is about.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// The process of a record's header, with everything the header says about it.
    Header(Header),
    /// A process known by key only; the process table has the rest, or nobody does.
    Process(ProcessKey),
    /// The recorder itself.
    Recorder,
}

/// When and how an event happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Nanoseconds since boot.
    pub time_ns: u64,
    /// Thread; `u32::MAX` when not known.
    pub tid: u32,
    /// What is second-hand, cut or unusual.
    pub flags: EventFlags,
    /// 0, an errno, or absent.
    pub result: Errno,
    /// Where it came from.
    pub source: Source,
}

impl Moment {
    /// The moment of a record, with its flags, as a success.
    pub fn of(header: &Header) -> Moment {
        Moment {
            time_ns: header.time_ns,
            tid: header.tid,
            flags: EventFlags(header.flags),
            result: Errno(0),
            source: Source::EBPF,
        }
    }
}

/// Collects the variable part of a body.
#[derive(Debug)]
pub struct Tail<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
    cut: bool,
}

impl Tail<'_> {
    fn add(&mut self, bytes: &[u8]) -> Span {
        let used = self.bytes.len() - self.start;
        let room = usize::from(u16::MAX - 1).saturating_sub(used);
        let kept = bytes.get(..room).unwrap_or(bytes);
        self.cut |= kept.len() < bytes.len();
        self.bytes.extend_from_slice(kept);
        // Both fit: `used + kept.len()` is below u16::MAX.
        let start = u16::try_from(used).unwrap_or(u16::MAX);
        let len = u16::try_from(kept.len()).unwrap_or(0);
        Span { start, len }
    }
    /// A text; kept to what the 16-bit tail can hold, and the event is marked `cut` otherwise.
    pub fn text(&mut self, bytes: &[u8]) -> Text {
        Text(self.add(bytes))
    }
    /// A text that may be absent.
    pub fn maybe(&mut self, bytes: Option<&[u8]>) -> Text {
        bytes.map_or(Text::ABSENT, |bytes| self.text(bytes))
    }
    /// Texts that are already NUL-separated.
    pub fn list(&mut self, bytes: &[u8]) -> TextList {
        TextList(self.add(bytes))
    }
    /// Raw bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Bytes {
        Bytes(self.add(bytes))
    }
    /// Addresses.
    pub fn ips(&mut self, addresses: &[[u8; 16]]) -> IpList {
        IpList(self.add(addresses.as_bytes()))
    }
}

/// One event of the arena.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// What happened.
    pub kind: Kind,
    /// To whom.
    pub who: &'a Who,
    /// When and how.
    pub at: Moment,
    /// The kind's body.
    pub body: &'a [u8],
    /// Its tail.
    pub tail: &'a [u8],
}

#[derive(Debug)]
struct Row {
    kind: Kind,
    who: Who,
    at: Moment,
    body: usize,
    tail: usize,
    end: usize,
}

/// An arena of events.
#[derive(Debug, Default)]
pub struct Drafts {
    rows: Vec<Row>,
    bytes: Vec<u8>,
}

impl Drafts {
    /// Adds one event; `fill` makes its body and puts texts into the tail.
    pub fn push<B: Kinded>(
        &mut self,
        who: &Who,
        mut at: Moment,
        fill: impl FnOnce(&mut Tail<'_>) -> B,
    ) {
        // The body goes before the tail it refers to, so its room is kept first. Bodies start at
        // 8-byte boundaries of the arena: readers cast them in place.
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let body = self.bytes.len();
        let tail = body + size_of::<B>();
        self.bytes.resize(tail, 0);
        let mut collector = Tail { bytes: &mut self.bytes, start: tail, cut: false };
        let filled = fill(&mut collector);
        if collector.cut {
            at.flags.0 |= EventFlags::CUT.0;
        }
        self.bytes[body..tail].copy_from_slice(filled.as_bytes());
        let end = self.bytes.len();
        self.rows.push(Row { kind: B::KIND, who: *who, at, body, tail, end });
    }

    /// The events in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = Draft<'_>> {
        self.since(0)
    }

    /// The events that were added after there were `count`.
    pub fn since(&self, count: usize) -> impl Iterator<Item = Draft<'_>> {
        self.rows.get(count..).unwrap_or_default().iter().map(|row| Draft {
            kind: row.kind,
            who: &row.who,
            at: row.at,
            body: &self.bytes[row.body..row.tail],
            tail: &self.bytes[row.tail..row.end],
        })
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets the events and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.bytes.clear();
    }
}
