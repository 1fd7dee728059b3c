// SPDX-License-Identifier: Apache-2.0
//! The store against what may happen to it: any row, any reader at any time, a crash at any byte,
//! a disk that is full, a limit that is reached. Rows are made from the field tables of `common`,
//! so a new kind is tested here without a line about it.
#[path = "store/crash.rs"]
mod crash;
#[path = "store/limits.rs"]
mod limits;
#[path = "store/queries.rs"]
mod queries;
#[path = "store/rows.rs"]
mod rows;
#[path = "../benches/store/workload.rs"]
#[expect(dead_code, reason = "shared with the bench, which runs every storm")]
mod workload;

use rows::{Dice, Kept, Made, Scratch};
use sensor::store::{Options, Reader, Refused, Scan, StoreError, Writer, verify};
use std::ops::ControlFlow;
use std::path::Path;

/// Every event of a store, in order.
fn everything(dir: &Path) -> Vec<Kept> {
    scan(dir, &Scan::default())
}

fn scan(dir: &Path, scan: &Scan<'_>) -> Vec<Kept> {
    let mut kept = Vec::new();
    let mut reader = Reader::open(dir).expect("a store");
    let report = reader.scan(scan, &mut |row| {
        kept.push(Kept::of(row));
        ControlFlow::Continue(())
    });
    assert_eq!(report.expect("a sound store").rows, kept.len() as u64);
    kept
}

fn assert_sound(dir: &Path) {
    let report = verify(dir).expect("a readable store");
    assert!(report.ok(), "{:?}", report.problems);
}

/// Nanoseconds are kept, so that every bit of a time comes back.
fn exact() -> Options {
    Options { time_unit_ns: 1, max_size_mb: 64, ..Options::default() }
}

#[test]
fn rows_of_every_kind_come_back_sealed_and_unsealed() {
    for seed in 0..6 {
        let scratch = Scratch::new("roundtrip");
        let mut dice = Dice(seed);
        let made = Made::random(&mut dice, 4000);
        let (mut writer, recovered) = Writer::open(scratch.path(), exact()).expect("a new store");
        assert!(recovered.new_store && recovered.clean);
        let expected = made.append(&mut writer, &mut dice);
        writer.publish();
        rows::wait_for(|| everything(scratch.path()).len() == expected.len());
        rows::assert_same(&everything(scratch.path()), &expected);
        writer.close().expect("an orderly stop");
        rows::assert_same(&everything(scratch.path()), &expected);
        let backwards = Scan { newest_first: true, ..Scan::default() };
        let mut found = scan(scratch.path(), &backwards);
        found.reverse();
        rows::assert_same(&found, &expected);
        assert_sound(scratch.path());
    }
}

#[test]
fn a_second_life_goes_on_where_the_first_ended() {
    let scratch = Scratch::new("second-life");
    let mut dice = Dice(7);
    let mut expected = Vec::new();
    for life in 0..4 {
        let (mut writer, recovered) = Writer::open(scratch.path(), exact()).expect("a store");
        assert!(recovered.clean, "life {life}");
        assert_eq!(recovered.next_sequence, expected.len() as u64);
        let mut rows = Made::random(&mut dice, 300).append(&mut writer, &mut dice);
        rows::renumber(&mut rows, expected.len() as u64);
        expected.extend(rows);
        writer.close().expect("an orderly stop");
    }
    rows::assert_same(&everything(scratch.path()), &expected);
    assert_sound(scratch.path());
}

#[test]
fn microseconds_are_cut_the_same_before_and_after_sealing() {
    let scratch = Scratch::new("micro");
    let mut dice = Dice(3);
    let options = Options { time_unit_ns: 1000, max_size_mb: 64, ..Options::default() };
    let (mut writer, _) = Writer::open(scratch.path(), options).expect("a new store");
    let expected = Made::random(&mut dice, 500).append(&mut writer, &mut dice);
    writer.publish();
    rows::wait_for(|| everything(scratch.path()).len() == expected.len());
    let unsealed = everything(scratch.path());
    writer.close().expect("an orderly stop");
    let sealed = everything(scratch.path());
    rows::assert_same(&sealed, &unsealed);
    for (found, row) in sealed.iter().zip(&expected) {
        assert_eq!(found.head.time.0, row.head.time.0 / 1000 * 1000);
        let clocks = |kept: &Kept| kept.head.time.0.wrapping_sub(kept.head.boot_time.0);
        assert_eq!(clocks(found), clocks(row));
    }
}

#[test]
fn bad_rows_are_refused_and_use_no_number() {
    let scratch = Scratch::new("refused");
    let mut dice = Dice(9);
    let (mut writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    let made = Made::random(&mut dice, 40);
    for (number, row) in made.rows().into_iter().enumerate() {
        let mut short = row;
        short.body = &row.body[..row.body.len() - 1];
        assert_eq!(writer.append(&short), Err(Refused::Malformed));
        if row.kind.fields().iter().any(|field| field.ty.in_tail()) && !row.tail.is_empty() {
            let mut tailless = row;
            tailless.tail = &[];
            let refused = writer.append(&tailless);
            assert_eq!(refused, Err(Refused::Malformed), "{:?}", row.kind);
        }
        assert_eq!(writer.append(&row), Ok(number as u64));
    }
    writer.close().expect("an orderly stop");
    assert_eq!(everything(scratch.path()).len(), 40);
}

#[test]
fn a_second_writer_is_refused_by_name() {
    let scratch = Scratch::new("busy");
    let (writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    match Writer::open(scratch.path(), exact()) {
        Err(StoreError::Busy { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("expected Busy, got {:?}", other.map(|_| ())),
    }
    drop(writer);
    Writer::open(scratch.path(), exact()).expect("free again");
}

#[test]
fn what_is_no_store_and_what_is_a_newer_one_is_said_so() {
    let scratch = Scratch::new("format");
    let missing = Reader::open(scratch.path()).map(|_| ());
    assert!(matches!(missing, Err(StoreError::NoStore { .. })), "{missing:?}");
    let (writer, _) = Writer::open(scratch.path(), exact()).expect("a new store");
    writer.close().expect("an orderly stop");
    rows::set_format(scratch.path(), 9);
    for opened in [Reader::open(scratch.path()).map(|_| ()), verify(scratch.path()).map(|_| ())] {
        match opened {
            Err(StoreError::Format { found, known, .. }) => assert_eq!((found, known), (9, 1)),
            other => panic!("expected Format, got {other:?}"),
        }
    }
}
