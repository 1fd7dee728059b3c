// SPDX-License-Identifier: Apache-2.0
//! Every question is answered twice, by the store and by looking at everything, over several
//! segments and an unsealed rest; and while a writer is at work no reader misses or repeats a row.
use crate::rows::{Scratch, wait_for};
use crate::workload::{Storm, Workload};
use crate::{assert_sound, exact};
use common::event::{Context, Kind};
use common::record::{Field, span_at, text};
use common::value::{ProcessKey, Type};
use sensor::store::{FileIdentity, KindSet, Options, Reader, Row, Scan, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What the naive answers look at.
#[derive(Clone)]
struct Seen {
    sequence: u64,
    time: u64,
    kind: Kind,
    process: ProcessKey,
    parent: ProcessKey,
    texts: Vec<Vec<u8>>,
    inode: Option<u64>,
}

fn texts(fields: &[Field], body: &[u8], tail: &[u8], out: &mut Vec<Vec<u8>>) {
    for field in fields.iter().filter(|f| matches!(f.ty, Type::Text | Type::TextList)) {
        let found = span_at(body, field).and_then(|span| text(tail, span));
        out.extend(found.map(<[u8]>::to_vec));
    }
}

fn seen(row: &Row<'_>) -> Seen {
    let mut all = Vec::new();
    texts(row.kind.fields(), row.body, row.tail, &mut all);
    Seen {
        sequence: row.head.sequence,
        time: row.head.time.0,
        kind: row.kind,
        process: row.context.fixed.process,
        parent: row.context.fixed.parent,
        texts: all,
        inode: row.kind.fields().iter().find(|field| field.name == "file.inode").map(|field| {
            let bytes = &row.body[field.offset..field.offset + 8];
            u64::from_le_bytes(bytes.try_into().expect("8 bytes"))
        }),
    }
}

fn ask(dir: &Path, scan: &Scan<'_>) -> Vec<u64> {
    let mut found = Vec::new();
    let mut reader = Reader::open(dir).expect("a store");
    let report = reader.scan(scan, &mut |row| {
        found.push(row.head.sequence);
        ControlFlow::Continue(())
    });
    report.expect("a sound store");
    found
}

/// 100 000 mixed events: one segment and more is sealed, the rest is in the journal.
fn fill(writer: &mut Writer, count: u64) -> Vec<Seen> {
    let mut source = Workload::new(Storm::Mix, 5);
    let mut all = Vec::new();
    while (all.len() as u64) < count {
        let part = source.make(1000);
        for batch in part.batches(100) {
            for mut row in batch {
                row.head.sequence = writer.append(&row).expect("room");
                all.push(seen(&row));
            }
            writer.publish();
        }
        while writer.stats().pending_bytes > 4 << 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    all
}

fn assert_answers(dir: &Path, all: &[Seen], scan: &Scan<'_>, keep: impl Fn(&Seen) -> bool) {
    let mut expected: Vec<u64> = all.iter().filter(|s| keep(s)).map(|s| s.sequence).collect();
    assert!(!expected.is_empty(), "a question without an answer tests nothing");
    if scan.newest_first {
        expected.reverse();
    }
    assert_eq!(ask(dir, scan), expected);
}

#[test]
fn questions_have_the_answers_that_looking_at_everything_gives() {
    let scratch = Scratch::new("questions");
    let (mut writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    // Segments of a small store are short, so this makes several.
    let all = fill(&mut writer, 100_000);
    wait_for(|| writer.stats().durable_sequence == Some(all.len() as u64 - 1));
    for sealed in [false, true] {
        if sealed {
            writer.seal();
            wait_for(|| writer.stats().sealed_events == all.len() as u64);
        }
        for newest_first in [false, true] {
            every_question(scratch.path(), &all, newest_first);
        }
        every_process(scratch.path(), &all);
    }
    writer.close().expect("an orderly stop");
    assert_sound(scratch.path());
}

fn every_question(dir: &Path, all: &[Seen], newest_first: bool) {
    let base = Scan { newest_first, ..Scan::default() };
    assert_answers(dir, all, &base, |_| true);
    let (from, to) = (all[30_000].time, all[60_500].time);
    let scan = Scan { times: from..to, ..base.clone() };
    assert_answers(dir, all, &scan, |s| (from..to).contains(&s.time));
    let scan = Scan { sequences: 8000..99_000, ..base.clone() };
    assert_answers(dir, all, &scan, |s| (8000..99_000).contains(&s.sequence));
    let kinds = KindSet::none().with(Kind::Fork).with(Kind::Accept);
    let scan = Scan { kinds, ..base.clone() };
    assert_answers(dir, all, &scan, |s| matches!(s.kind, Kind::Fork | Kind::Accept));
    let one = all[50_000].process;
    let context: &dyn Fn(&Context, &[u8]) -> bool = &|context, _| context.process == one;
    let scan = Scan { context: Some(context), ..base.clone() };
    assert_answers(dir, all, &scan, |s| s.process == one);
    let scan = Scan { number: Some(("file.inode", 131_075)), ..base.clone() };
    assert_answers(dir, all, &scan, |s| s.inode == Some(131_075));
    for needle in [&b"/etc/part-3"[..], b"file-0000", b"libselinux"] {
        let test: &dyn Fn(&[u8]) -> bool =
            &|text| text.windows(needle.len()).any(|part| part == needle);
        let scan = Scan { texts: Some(test), ..base.clone() };
        assert_answers(dir, all, &scan, |s| s.texts.iter().any(|text| test(text)));
        let context: &dyn Fn(&Context, &[u8]) -> bool = &|context, _| context.pid % 2 == 0;
        let both = Scan { context: Some(context), ..scan };
        assert_answers(dir, all, &both, |s| {
            s.process.pid.is_multiple_of(2) && s.texts.iter().any(|text| test(text))
        });
    }
}

fn every_process(dir: &Path, all: &[Seen]) {
    let mut reader = Reader::open(dir).expect("a store");
    let mut parents: BTreeMap<ProcessKey, ProcessKey> = BTreeMap::new();
    let mut firsts: BTreeMap<ProcessKey, u64> = BTreeMap::new();
    for s in all {
        parents.insert(s.process, s.parent);
        firsts.entry(s.process).or_insert(s.sequence);
    }
    let shell = all[50_000].parent;
    let children: BTreeMap<ProcessKey, u64> =
        firsts.iter().filter(|(key, _)| parents[key] == shell).map(|(k, s)| (*k, *s)).collect();
    let found = reader.children(shell).expect("a sound store");
    assert!(found.iter().all(|entry| entry.parent == shell));
    let found = found.into_iter().map(|entry| (entry.key, entry.first_sequence)).collect();
    assert_eq!(children, found);
    let init = ProcessKey { start_ns: 1_000_000, pid: 1 };
    let found = reader.descendants(init).expect("a sound store");
    let found: BTreeSet<ProcessKey> = found.into_iter().map(|entry| entry.key).collect();
    assert_eq!(found, parents.keys().copied().collect::<BTreeSet<_>>());
    for key in parents.keys().step_by(4000) {
        let (context, _) = reader.process(*key).expect("a sound store").expect("it has events");
        assert_eq!((context.process, context.parent), (*key, parents[key]));
    }
    let young = *parents.keys().max().expect("processes");
    let mut expected = Vec::new();
    let mut next = young;
    while let Some(parent) = parents.get(&next) {
        expected.push(*parent);
        next = *parent;
    }
    assert_eq!(reader.ancestors(young).expect("a sound store"), expected);
    let nobody = ProcessKey { start_ns: 5, pid: 5 };
    assert!(reader.process(nobody).expect("a sound store").is_none());
    assert!(reader.children(nobody).expect("a sound store").is_empty());
}

#[test]
fn readers_miss_and_repeat_nothing_while_a_writer_seals() {
    let scratch = Scratch::new("concurrent");
    let (mut writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    let published = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for newest_first in [false, true] {
            let (published, done, dir) = (&published, &done, scratch.path());
            scope.spawn(move || {
                let mut reader = Reader::open(dir).expect("a store");
                let scan = Scan { newest_first, ..Scan::default() };
                let mut rounds = 0;
                while !done.load(Ordering::Acquire) || rounds < 2 {
                    let least = published.load(Ordering::Acquire);
                    let mut found = Vec::new();
                    let scanned = reader.scan(&scan, &mut |row| {
                        found.push(row.head.sequence);
                        ControlFlow::Continue(())
                    });
                    scanned.expect("a sound store");
                    if newest_first {
                        found.reverse();
                    }
                    let dense = found.iter().copied().eq(0..found.len() as u64);
                    assert!(dense, "rows were missed or repeated");
                    assert!(found.len() as u64 >= least, "{} < {least}", found.len());
                    rounds += 1;
                }
            });
        }
        let mut source = Workload::new(Storm::Mix, 6);
        for _ in 0..60 {
            let part = source.make(1000);
            for batch in part.batches(250) {
                batch.for_each(|row| assert!(writer.append(&row).is_ok()));
                writer.publish();
            }
            // Durable rows are in the journal or in blocks, so a reader that starts now sees them.
            let durable = writer.stats().durable_sequence.map_or(0, |last| last + 1);
            published.store(durable, Ordering::Release);
            std::thread::sleep(Duration::from_millis(3));
        }
        done.store(true, Ordering::Release);
    });
    writer.close().expect("an orderly stop");
    assert_eq!(ask(scratch.path(), &Scan::default()).len(), 60_000);
    assert_sound(scratch.path());
}

#[test]
fn a_follower_sees_what_comes() {
    let scratch = Scratch::new("follow");
    let (mut writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    let mut reader = Reader::open(scratch.path()).expect("a store");
    assert_eq!(reader.last_sequence().expect("a sound store"), None);
    let mut source = Workload::new(Storm::Files, 1);
    let mut next = 0;
    for _ in 0..50 {
        let part = source.make(400);
        part.batches(400).for_each(|batch| {
            batch.for_each(|row| assert!(writer.append(&row).is_ok()));
            writer.publish();
        });
        let last = next + 398;
        assert!(reader.wait_beyond(last, Duration::from_secs(10)).expect("a sound store"));
        let scan = Scan { sequences: next..u64::MAX, ..Scan::default() };
        reader
            .scan(&scan, &mut |row| {
                assert_eq!(row.head.sequence, next);
                next += 1;
                ControlFlow::Continue(())
            })
            .expect("a sound store");
        assert_eq!(next, last + 2);
    }
    let late = reader.wait_beyond(next, Duration::from_millis(60)).expect("a sound store");
    assert!(!late);
}

#[test]
fn hashes_are_found_by_what_the_file_was() {
    let scratch = Scratch::new("hashes");
    let file = |n| FileIdentity { device: 1, inode: n, mtime_ns: 2, ctime_ns: 3, size: 4 };
    let options = Options { max_size_mb: 64, ..Options::default() };
    let (writer, _) = Writer::open(scratch.path(), options).expect("a new store");
    let hashes = writer.hashes();
    for n in 0..100u8 {
        hashes.put(file(u64::from(n)), [n; 32]);
    }
    assert_eq!(hashes.get(&file(7)), Some([7; 32]));
    let reader = Reader::open(scratch.path()).expect("a store");
    wait_for(|| reader.hash_of(&file(99)).expect("a sound store") == Some([99; 32]));
    assert_eq!(reader.hash_of(&file(100)).expect("a sound store"), None);
    assert_eq!(hashes.get(&file(7)), Some([7; 32]));
    writer.close().expect("an orderly stop");
}
