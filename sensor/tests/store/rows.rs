// SPDX-License-Identifier: Apache-2.0
//! Random rows of every kind, made from the field tables, and what of them must come back.
use common::event::{Context, Head, Kind};
use common::names::{EventFlags, Source};
use common::record::{Body, Field, span_at, text};
use common::value::{BootTime, Errno, Span, Time, Type};
use sensor::store::{ContextRef, Row, Writer};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zerocopy::{FromBytes, IntoBytes};

/// Deterministic numbers (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
}

/// A directory that goes away with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tarsier-store-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Scratch(path)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the directory is ours");
    }
}

/// Waits for something that other threads do.
pub fn wait_for(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// One value of a field as it must come back: bytes of the body or of the tail.
type Values = Vec<(&'static str, Option<Vec<u8>>)>;

/// An event, compared by values, since spans may move.
#[derive(Clone, Debug)]
pub struct Kept {
    pub head: Head,
    pub fields: Values,
    pub context_fields: Values,
}

fn values(fields: &'static [Field], body: &[u8], tail: &[u8]) -> Values {
    let present = |field: &&Field| field.ty != Type::Pad;
    let value = |field: &Field| {
        if !field.ty.in_tail() {
            return Some(body[field.offset..field.offset + field.width].to_vec());
        }
        let span = span_at(body, field).filter(|span| *span != Span::ABSENT)?;
        Some(text(tail, span).expect("a span inside the tail").to_vec())
    };
    fields.iter().filter(present).map(|field| (field.name, value(field))).collect()
}

impl Kept {
    pub fn of(row: &Row<'_>) -> Kept {
        assert_eq!(row.head.kind, row.kind as u32);
        assert_eq!(row.body.as_ptr().align_offset(8), 0, "bodies are aligned");
        Kept {
            head: row.head,
            fields: values(row.kind.fields(), row.body, row.tail),
            context_fields: values(Context::FIELDS, row.context.fixed.as_bytes(), row.context.tail),
        }
    }
}

pub fn assert_same(found: &[Kept], expected: &[Kept]) {
    assert_eq!(found.len(), expected.len());
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.head.as_bytes(), expected.head.as_bytes(), "head of event {number}");
        assert_eq!(found.fields, expected.fields, "event {number}");
        assert_eq!(found.context_fields, expected.context_fields, "context of event {number}");
    }
}

/// Moves sequence numbers up.
pub fn renumber(rows: &mut [Kept], by: u64) {
    for row in rows {
        row.head.sequence += by - row.head.sequence.min(by);
    }
}

struct MadeRow {
    head: Head,
    kind: Kind,
    context: usize,
    body: Vec<u64>,
    tail: Vec<u8>,
}

/// Random rows.
pub struct Made {
    rows: Vec<MadeRow>,
    contexts: Vec<(u64, Context, Vec<u8>)>,
}

/// A text of some shape that a store may be asked to keep.
fn random_text(dice: &mut Dice) -> Vec<u8> {
    match dice.below(12) {
        0 => Vec::new(),
        1 => b"/".to_vec(),
        2 => (0..dice.below(300)).map(|_| dice.next() as u8).collect(),
        3 => vec![b'/'; dice.below(9) as usize],
        4 => b"argv0\0-x\0\0last".to_vec(),
        5 if dice.below(40) == 0 => vec![b'x'; 9000],
        _ => {
            let (a, b) = (dice.below(30), dice.below(500));
            format!("/srv/part-{a}/with space/file-{b}\u{e4}").into_bytes()
        }
    }
}

fn fill(dice: &mut Dice, fields: &[Field], body: &mut [u8], tail: &mut Vec<u8>) {
    for field in fields {
        let place = field.offset..field.offset + field.width;
        if field.ty == Type::Pad || dice.below(5) == 0 {
            continue; // stays absent
        }
        if field.ty.in_tail() {
            let bytes = random_text(dice);
            // Sometimes bytes that no span names lie in between.
            tail.extend((0..dice.below(3)).map(|_| b'#'));
            let start = u16::try_from(tail.len()).expect("short tails");
            let len = u16::try_from(bytes.len()).expect("short texts");
            tail.extend_from_slice(&bytes);
            body[place].copy_from_slice(Span { start, len }.as_bytes());
            continue;
        }
        let shift = dice.below(64);
        let small = dice.below(3) == 0;
        for word in body[place].chunks_mut(8) {
            let value = if small { dice.below(4) } else { dice.next() >> shift };
            word.copy_from_slice(&value.to_le_bytes()[..word.len()]);
        }
    }
}

/// A record with nothing known, from its field table alone.
fn absent(fields: &[Field], len: usize) -> Vec<u64> {
    let mut words = vec![0u64; len.div_ceil(8)];
    let body = &mut words.as_mut_bytes()[..len];
    for field in fields {
        let place = &mut body[field.offset..field.offset + field.width];
        match field.ty {
            Type::Pad | Type::Hash | Type::Flags(_) => {}
            Type::Int | Type::Errno => {
                if let Some(top) = place.last_mut() {
                    *top = 0x80;
                }
            }
            Type::ProcessKey => place[8..].fill(0xff),
            _ => place.fill(0xff),
        }
    }
    words
}

impl Made {
    pub fn random(dice: &mut Dice, count: u64) -> Made {
        let salt = dice.next();
        let contexts: Vec<_> = (0..1 + count / 7)
            .map(|n| {
                let mut words = absent(Context::FIELDS, size_of::<Context>());
                let mut tail = Vec::new();
                fill(dice, Context::FIELDS, words.as_mut_bytes(), &mut tail);
                let context = Context::read_from_bytes(words.as_bytes()).expect("its own size");
                (salt ^ n, context, tail)
            })
            .collect();
        let mut time = 1_790_000_000_000_000_000;
        let rows = (0..count)
            .map(|_| {
                let kind = Kind::ALL[dice.below(Kind::ALL.len() as u64) as usize];
                let mut body = absent(kind.fields(), kind.body_len());
                let mut tail = Vec::new();
                let len = kind.body_len();
                fill(dice, kind.fields(), &mut body.as_mut_bytes()[..len], &mut tail);
                time += dice.below(1 << 20);
                let head = Head {
                    sequence: 0,
                    time: Time(time - dice.below(1 << 22)),
                    boot_time: BootTime(time - 1_789_000_000_000_000_000 + dice.below(3)),
                    flags: EventFlags(dice.next() >> (40 + dice.below(24))),
                    result: Errno([0, 0, 0, 2, 13, i32::MIN, -1][dice.below(7) as usize]),
                    tid: dice.next() as u32 >> dice.below(32),
                    kind: kind as u32,
                    source: Source::EBPF,
                };
                let context = dice.below(contexts.len() as u64) as usize;
                MadeRow { head, kind, context, body, tail }
            })
            .collect();
        Made { rows, contexts }
    }

    pub fn rows(&self) -> Vec<Row<'_>> {
        let rows = self.rows.iter();
        rows.map(|row| {
            let (id, fixed, tail) = &self.contexts[row.context];
            Row {
                head: row.head,
                context: ContextRef { id: *id, fixed, tail },
                kind: row.kind,
                body: &row.body.as_bytes()[..row.kind.body_len()],
                tail: &row.tail,
            }
        })
        .collect()
    }

    /// Appends everything with a publish now and then; what must come back.
    pub fn append(&self, writer: &mut Writer, dice: &mut Dice) -> Vec<Kept> {
        let mut kept = Vec::new();
        for mut row in self.rows() {
            row.head.sequence = writer.append(&row).expect("room for a few rows");
            kept.push(Kept::of(&row));
            if dice.below(50) == 0 {
                writer.publish();
            }
        }
        kept
    }
}

/// Makes a store claim another format.
pub fn set_format(dir: &Path, format: u32) {
    let path = dir.join("data.mdb");
    let mut bytes = std::fs::read(&path).expect("a store");
    let name = b"format";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("the key");
    let value = at + name.len();
    bytes[value..value + 4].copy_from_slice(&format.to_le_bytes());
    let all: Vec<usize> = (0..bytes.len() - 10)
        .filter(|n| &bytes[*n..*n + 6] == name && bytes[*n + 6..*n + 10] == 1u32.to_le_bytes())
        .collect();
    for at in all {
        bytes[at + 6..at + 10].copy_from_slice(&format.to_le_bytes());
    }
    std::fs::write(&path, bytes).expect("our own store");
}
