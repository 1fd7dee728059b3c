// SPDX-License-Identifier: Apache-2.0
//! What the store costs: `cargo bench -p tarsier --bench store [-- EVENTS [DIR]]`.
//!
//! The workload is made from a seed, so that two runs store the same events: storms of processes,
//! files and connections as `bench/host` makes them, then an ordinary mix of the three. Everything
//! is appended in batches of 64 with a `publish` after each, as the pipeline does, and fsync'd.
//! CPU is that of the whole process: encoding, compressing, journal and tables.
use sensor::store::{Options, Reader, Scan, Writer, verify};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "store/workload.rs"]
mod workload;
use workload::{Storm, Workload};

fn cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn anonymous_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

/// Makes the events first, so that making them is not measured; in parts, to bound memory.
fn fill(dir: &Path, storm: Storm, events: u64) {
    let mut source = Workload::new(storm, 42);
    let (mut writer, _) = Writer::open(dir, Options::default()).expect("an empty directory");
    let (mut busy, mut wall) = (Duration::ZERO, Duration::ZERO);
    let (mut done, mut peak) = (0, 0);
    let mut append = Duration::ZERO;
    while done < events {
        let part = source.make(65_536.min(events - done));
        let memory = anonymous_kb();
        let (cpu_before, start) = (cpu(), Instant::now());
        for batch in part.batches(64) {
            batch.for_each(|row| {
                writer.append(&row).expect("the disk takes everything");
            });
            writer.publish();
        }
        append += start.elapsed();
        // The sealer's share belongs to these events, so it is waited for.
        while writer.stats().pending_bytes > 1 << 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        wall += start.elapsed();
        busy += cpu() - cpu_before;
        peak = peak.max(anonymous_kb().saturating_sub(memory));
        done += part.len();
    }
    let written = writer.stats().written_bytes;
    let start = Instant::now();
    writer.close().expect("the disk takes everything");
    wall += start.elapsed();
    let overview = Reader::open(dir).and_then(|mut r| r.overview()).expect("it was just written");
    let per = |n: u64| n as f64 / events as f64;
    println!(
        "{:<12} {:>8.2} {:>8.2} {:>8.0} {:>8.0} {:>10.0} {:>8.0} {:>8}",
        format!("{storm:?}"),
        per(overview.block_bytes),
        per(overview.used_bytes),
        busy.as_nanos() as f64 / events as f64,
        append.as_nanos() as f64 / events as f64,
        events as f64 / wall.as_secs_f64(),
        per(written),
        peak,
    );
}

fn timed(what: &str, mut ask: impl FnMut() -> u64) {
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    let mut hits = 0;
    for _ in 0..5 {
        let (before, start) = (cpu(), Instant::now());
        hits = ask();
        times.push((start.elapsed(), cpu() - before));
    }
    times.sort();
    let (wall, busy) = times[2];
    let [wall, busy] = [wall, busy].map(|time| time.as_secs_f64() * 1e3);
    println!("  {what:<28} {wall:>9.2} ms  {busy:>9.2} ms CPU  {hits:>8} rows");
}

fn ask(dir: &Path) {
    let mut reader = Reader::open(dir).expect("it was just written");
    let overview = reader.overview().expect("it was just written");
    let newest = overview.newest_time_ns.unwrap_or(0);
    println!("queries on {} events, median of 5, a new reader each", overview.events);
    let count = |scan: &Scan<'_>, limit: u64| {
        let mut reader = Reader::open(dir).expect("it was just written");
        let mut n = 0;
        reader
            .scan(scan, &mut |_| {
                n += 1;
                if n < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
            .expect("a sound store");
        n
    };
    let newest_first = Scan { newest_first: true, ..Scan::default() };
    timed("last 100", || count(&newest_first, 100));
    let times = newest.saturating_sub(60_000_000_000)..u64::MAX;
    timed("last minute", || {
        count(&Scan { times: times.clone(), ..newest_first.clone() }, u64::MAX)
    });
    let path: &dyn Fn(&[u8]) -> bool = &|text| text == b"/var/lib/app/data/file-000777";
    timed("who touched one path", || {
        count(&Scan { texts: Some(path), ..newest_first.clone() }, u64::MAX)
    });
    let prefix: &dyn Fn(&[u8]) -> bool = &|text| text.starts_with(b"/etc/");
    timed("everything under /etc/", || {
        count(&Scan { texts: Some(prefix), ..newest_first.clone() }, u64::MAX)
    });
    let mut key = None;
    let middle = overview.events / 2;
    let scan = Scan { sequences: middle..u64::MAX, ..Scan::default() };
    reader
        .scan(&scan, &mut |row| {
            key = Some((row.context.fixed.process, row.context.fixed.parent));
            ControlFlow::Break(())
        })
        .expect("a sound store");
    let (key, parent) = key.expect("a store with events");
    timed("a process from the middle", || {
        let mut reader = Reader::open(dir).expect("it was just written");
        u64::from(reader.process(key).expect("a sound store").is_some())
    });
    timed("its parent's children", || {
        let mut reader = Reader::open(dir).expect("it was just written");
        reader.children(parent).expect("a sound store").len() as u64
    });
    timed("its parent's descendants", || {
        let mut reader = Reader::open(dir).expect("it was just written");
        reader.descendants(parent).expect("a sound store").len() as u64
    });
    timed("its events", || {
        let of: &dyn Fn(&common::event::Context, &[u8]) -> bool = &|c, _| c.process == key;
        count(&Scan { context: Some(of), ..Scan::default() }, u64::MAX)
    });
    timed("everything, put together", || count(&Scan::default(), u64::MAX));
    let start = Instant::now();
    let report = verify(dir).expect("a readable store");
    assert!(report.ok(), "{:?}", report.problems);
    println!("  verify: {} blocks in {:.0} ms", report.blocks, start.elapsed().as_secs_f64() * 1e3);
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let events = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let root = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let root = root.join(format!("tarsier-bench-store-{}", std::process::id()));
    println!("{events} events a row, batches of 64, commit interval 500 ms");
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>8}",
        "", "block B", "used B", "CPU ns", "append", "events/s", "written", "RSS kB"
    );
    for storm in Storm::ALL {
        let dir = root.join(format!("{storm:?}"));
        fill(&dir, storm, events);
        if storm == Storm::Mix {
            ask(&dir);
        }
    }
    std::fs::remove_dir_all(&root).expect("the directory is ours");
}
