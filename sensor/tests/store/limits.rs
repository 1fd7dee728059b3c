// SPDX-License-Identifier: Apache-2.0
//! What happens at a limit: of size, of age, of the disk. History goes from the old end only, the
//! ceiling holds all the time, and a disk in trouble costs nothing that fits into memory.
use crate::rows::{Dice, Made, Scratch, wait_for};
use crate::workload::{Storm, Workload};
use crate::{assert_sound, everything};
use sensor::store::{Options, Reader, Refused, State, Writer};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn disk_bytes(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(dir).expect("our own directory");
    entries.map(|entry| entry.expect("an entry").metadata().expect("a file").blocks() * 512).sum()
}

#[test]
fn the_ceiling_holds_and_the_oldest_goes_first() {
    let scratch = Scratch::new("ceiling");
    let options = Options { max_size_mb: 16, time_unit_ns: 1, ..Options::default() };
    let (mut writer, _) = Writer::open(scratch.path(), options).expect("a new store");
    let mut appended = 0u64;
    for seed in 0..200 {
        // Random rows hardly compress, so the limit comes soon.
        let made = Made::random(&mut Dice(seed), 1500);
        for row in made.rows() {
            while writer.append(&row) == Err(Refused::Full) {
                std::thread::sleep(Duration::from_millis(1));
            }
            appended += 1;
        }
        writer.publish();
        assert!(disk_bytes(scratch.path()) <= 16 << 20, "{}", disk_bytes(scratch.path()));
        if writer.stats().pruned.is_some_and(|pruned| pruned.events > 30_000) {
            break;
        }
    }
    writer.close().expect("an orderly stop");
    assert!(disk_bytes(scratch.path()) <= 16 << 20);
    let overview = Reader::open(scratch.path()).and_then(|mut r| r.overview()).expect("a store");
    let pruned = overview.pruned.expect("something was pruned");
    assert_eq!(pruned.events + overview.events, appended);
    let kept = everything(scratch.path());
    assert_eq!(kept.first().map(|row| row.head.sequence), Some(pruned.through_sequence + 1));
    assert_eq!(kept.last().map(|row| row.head.sequence), Some(appended - 1));
    assert_sound(scratch.path());
}

#[test]
fn what_is_too_old_goes() {
    let scratch = Scratch::new("age");
    // The workload's clock stands long before today.
    let options = Options { max_size_mb: 64, max_age_days: 1, ..Options::default() };
    for life in 0..3 {
        let (mut writer, _) = Writer::open(scratch.path(), options).expect("a store");
        let part = Workload::new(Storm::Files, life).make(9000);
        for batch in part.batches(64) {
            batch.for_each(|row| assert!(writer.append(&row).is_ok()));
        }
        writer.close().expect("an orderly stop");
    }
    // Every life begins a segment; the newest is never removed.
    let overview = Reader::open(scratch.path()).and_then(|mut r| r.overview()).expect("a store");
    assert_eq!(overview.segments, 1);
    assert_eq!(overview.pruned.expect("something was pruned").events, 18_000);
    assert_sound(scratch.path());
}

/// A file system of its own; goes away with the test. `None` where mounting is not allowed.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(path: &'a Path, size: &str) -> Option<SmallDisk<'a>> {
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path);
        mount.status().is_ok_and(|status| status.success()).then_some(SmallDisk(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

#[test]
fn a_full_disk_costs_nothing_that_fits_into_memory() {
    let scratch = Scratch::new("full-disk");
    let Some(disk) = SmallDisk::mount(scratch.path(), "24m") else {
        eprintln!("skipped: mounting a tmpfs is not allowed here");
        return;
    };
    let store = disk.0.join("store");
    let options = Options { max_size_mb: 64, memory_mb: 6, ..Options::default() };
    let (mut writer, _) = Writer::open(&store, options).expect("a new store");
    // Whatever else is on the disk takes all of it.
    let filler = disk.0.join("filler");
    drop(std::fs::write(&filler, vec![0; 32 << 20]));
    let mut dice = Dice(1);
    let mut appended = 0u64;
    let mut full = false;
    while !full {
        let made = Made::random(&mut dice, 1500);
        for row in made.rows() {
            match writer.append(&row) {
                Ok(_) => appended += 1,
                Err(why) => {
                    assert_eq!(why, Refused::Full);
                    full = true;
                    break;
                }
            }
        }
        writer.publish();
        assert!(appended < 200_000, "the disk was never full");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(matches!(writer.stats().state, State::Trouble(_)), "{:?}", writer.stats().state);
    assert!(appended > 8192, "memory takes some while the disk takes none: {appended}");
    std::fs::remove_file(&filler).expect("our own file");
    wait_for(|| writer.stats().state == State::Ok && writer.stats().pending_bytes < 1 << 20);
    let made = Made::random(&mut dice, 100);
    for row in made.rows() {
        assert_eq!(writer.append(&row), Ok(appended));
        appended += 1;
    }
    writer.close().expect("an orderly stop");
    let kept = everything(&store);
    assert!(kept.iter().map(|row| row.head.sequence).eq(0..appended), "{}", kept.len());
    assert_sound(&store);
}

#[test]
fn a_store_that_is_moved_away_and_back_loses_nothing() {
    let scratch = Scratch::new("moved");
    let (store, away) = (scratch.path().join("store"), scratch.path().join("away"));
    let options = Options { max_size_mb: 64, commit_interval_ms: 10, ..Options::default() };
    let (mut writer, _) = Writer::open(&store, options).expect("a new store");
    let mut source = Workload::new(Storm::Mix, 3);
    let mut append = |writer: &mut Writer| {
        let part = source.make(10_000);
        for batch in part.batches(64) {
            batch.for_each(|row| assert!(writer.append(&row).is_ok()));
            writer.publish();
        }
    };
    append(&mut writer);
    wait_for(|| writer.stats().durable_sequence == Some(9_999));
    std::fs::rename(&store, &away).expect("our own directory");
    append(&mut writer);
    wait_for(|| matches!(writer.stats().state, State::Trouble(_)));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(writer.stats().durable_sequence, Some(9_999), "nothing is durable in a lost file");
    std::fs::rename(&away, &store).expect("our own directory");
    wait_for(|| writer.stats().state == State::Ok);
    append(&mut writer);
    writer.close().expect("an orderly stop");
    assert_eq!(everything(&store).len(), 30_000);
    assert_sound(&store);
}
