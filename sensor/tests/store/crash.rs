// SPDX-License-Identifier: Apache-2.0
//! A crash at any moment: a journal cut or spoilt at any byte, and writers killed in mid-storm.
//! What was durable is there, what is there is right, and no number is ever given twice.
use crate::rows::{Dice, Kept, Made, Scratch, assert_same};
use crate::workload::{Storm, Workload};
use crate::{assert_sound, everything, exact};
use sensor::store::{Options, Reader, Writer};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A store whose writer went away with rows in the journal only; its rows.
fn abandoned(dir: &Path) -> Vec<Kept> {
    let options = Options { journal_mb: 1, ..exact() };
    let (mut writer, _) = Writer::open(dir, options).expect("a new store");
    let mut dice = Dice(4);
    let made = Made::random(&mut dice, 5);
    let mut kept = Vec::new();
    for _ in 0..3 {
        for mut row in made.rows() {
            row.head.sequence = writer.append(&row).expect("room");
            kept.push(Kept::of(&row));
        }
        writer.publish();
    }
    drop(writer);
    kept
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("our own directory");
    for file in ["data.mdb", "journal"] {
        std::fs::copy(from.join(file), to.join(file)).expect("our own file");
    }
}

/// Where the last written byte of the journal is.
fn written_end(journal: &[u8]) -> usize {
    journal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

/// Opens what a crash left; the rows must be the first ones of `all`, and fewer than a frame go.
fn assert_recovers(dir: &Path, all: &[Kept], least: usize) {
    let options = Options { journal_mb: 1, ..exact() };
    let (writer, recovered) = Writer::open(dir, options).expect("what a crash left opens");
    assert!(!recovered.clean && !recovered.new_store);
    let kept = everything(dir);
    assert!(kept.len() >= least, "{} of {least}", kept.len());
    assert_same(&kept, &all[..kept.len()]);
    assert_eq!(recovered.rows_from_journal, kept.len() as u64);
    assert_eq!(recovered.last_sequence, (kept.len() as u64).checked_sub(1));
    assert!(recovered.next_sequence > all.len() as u64, "numbers that were seen are not given");
    drop(writer);
    assert_sound(dir);
}

#[test]
fn a_journal_cut_or_spoilt_at_any_byte_keeps_the_frames_before() {
    let scratch = Scratch::new("cut");
    let origin = scratch.path().join("origin");
    let all = abandoned(&origin);
    let journal = std::fs::read(origin.join("journal")).expect("a journal");
    let end = written_end(&journal);
    let starts: Vec<usize> = (0..end).filter(|n| journal[*n..].starts_with(b"TJF1")).collect();
    assert_eq!(starts.len(), 3, "one frame a publish");
    let work = scratch.path().join("work");
    let step = if cfg!(debug_assertions) { 7 } else { 1 };
    for place in (starts[1]..end).step_by(step).chain([starts[2] - 1, end - 1]) {
        let whole = if place < starts[2] { 5 } else { 10 };
        for spoil in [false, true] {
            copy(&origin, &work);
            let mut bytes = journal.clone();
            if spoil {
                bytes[place] ^= 0x41;
            } else {
                bytes[place..].fill(0);
            }
            std::fs::write(work.join("journal"), bytes).expect("our own file");
            let least =
                if !spoil && journal[place..end].iter().all(|b| *b == 0) { 15 } else { whole };
            assert_recovers(&work, &all, least);
            std::fs::remove_dir_all(&work).expect("our own directory");
        }
    }
}

#[test]
fn a_crash_during_recovery_is_recovered_from() {
    let scratch = Scratch::new("twice");
    let all = abandoned(scratch.path());
    assert_recovers(scratch.path(), &all, 15);
    // The same again: everything is in blocks now, and the next life skips numbers once more.
    let (mut writer, recovered) = Writer::open(scratch.path(), exact()).expect("a store");
    assert!(!recovered.clean);
    assert_eq!((recovered.rows_from_journal, recovered.last_sequence), (0, Some(14)));
    let made = Made::random(&mut Dice(8), 3);
    let first = writer.append(&made.rows()[0]).expect("room");
    assert_eq!(first, recovered.next_sequence);
    writer.close().expect("an orderly stop");
    let (_, recovered) = Writer::open(scratch.path(), exact()).expect("a store");
    assert!(recovered.clean);
    assert_eq!((recovered.last_sequence, recovered.next_sequence), (Some(first), first + 1));
    assert_sound(scratch.path());
}

/// The child that is killed: appends without end and notes what was durable.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_is_killed() {
    let Some(dir) = std::env::var_os("TARSIER_STORE_TEST") else { return };
    let dir = Path::new(&dir);
    let options = Options { commit_interval_ms: 5, max_size_mb: 256, ..Options::default() };
    let (mut writer, recovered) = Writer::open(&dir.join("store"), options).expect("a store");
    let mut source = Workload::new(Storm::Mix, recovered.next_sequence);
    loop {
        let part = source.make(512);
        for batch in part.batches(64) {
            for row in batch {
                while writer.append(&row).is_err() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            writer.publish();
        }
        let durable = writer.stats().durable_sequence.unwrap_or(0);
        let next = dir.join("durable.next");
        std::fs::write(&next, durable.to_string()).expect("our own file");
        std::fs::rename(&next, dir.join("durable")).expect("our own file");
    }
}

#[test]
fn twenty_kills_lose_nothing_that_was_durable() {
    let scratch = Scratch::new("kills");
    let store = scratch.path().join("store");
    let mut dice = Dice(20);
    let mut known = 0;
    for kill in 0..20 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "crash::child_that_is_killed", "--ignored", "--nocapture"])
            .env("TARSIER_STORE_TEST", scratch.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test starts again");
        std::thread::sleep(Duration::from_millis(120 + dice.below(200)));
        child.kill().expect("our own child");
        child.wait().expect("our own child");
        let durable = std::fs::read_to_string(scratch.path().join("durable"));
        let durable: u64 = durable.ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        let start = Instant::now();
        let opened = Writer::open(&store, Options { max_size_mb: 256, ..Options::default() });
        let (writer, recovered) = opened.expect("what a kill left opens");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(recovered.last_sequence >= Some(durable).filter(|d| *d > 0), "kill {kill}");
        // Gone without closing: the next child finds an unclean store once more.
        drop(writer);
        let mut sequences = Vec::new();
        let mut reader = Reader::open(&store).expect("a store");
        reader
            .scan(&Default::default(), &mut |row| {
                sequences.push(row.head.sequence);
                std::ops::ControlFlow::Continue(())
            })
            .expect("a sound store");
        assert!(sequences.is_sorted_by(|a, b| a < b), "a number was given twice");
        assert!(sequences.len() >= known, "what was there is there");
        known = sequences.len();
        drop(reader);
        assert_sound(&store);
    }
    assert!(known > 20_000, "the children wrote too little to prove anything: {known}");
}
