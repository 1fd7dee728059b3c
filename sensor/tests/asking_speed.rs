// SPDX-License-Identifier: Apache-2.0
//! How fast the verbs answer on a million events, start-up included. CPU time counts, because
//! machines are shared; wall time is printed beside it. Run by hand:
//! `cargo test --release -p tarsier --test asking_speed -- --ignored --nocapture`
mod made;

use common::event::{Connect, Exec, Exit, FileCreate, FileRename, FileWrite, Fork};
use common::names::{Direction, Transport};
use common::value::{Device, Errno, Ip, ProcessKey, Text, Time};
use made::{Made, Process, mapped};
use sensor::event::Event;
use sensor::store::{ContextRef, Options, Row, Writer};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

const EVENTS: u64 = 1_000_000;
/// Runs of each verb; the median counts.
const RUNS: usize = 9;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, sides: u64) -> u64 {
        let most = self.roll(sides) + 1;
        self.roll(most)
    }
}

fn path(dice: &mut Dice) -> String {
    match dice.roll(8) {
        0 => format!("/tmp/build-{}/cc{:06x}.o", dice.roll(50), dice.roll(1 << 24)),
        _ => {
            let (dir, file) = (dice.skewed(9_000), dice.skewed(40));
            format!("/usr/share/package-{}/dir-{dir}/file-{file}.conf", dir % 900)
        }
    }
}

fn file(dice: &mut Dice, write: bool) -> Made {
    let path = path(dice);
    let inode = dice.skewed(400_000) + 2;
    let device = Device(8 << 20 | 1);
    match (write, dice.roll(3)) {
        (true, _) => Made::new(|t| FileWrite {
            path: Text(t.add(path.as_bytes())),
            size: inode * 7,
            inode,
            device,
            ..FileWrite::ABSENT
        }),
        (_, 0) => Made::new(|t| FileRename {
            path: Text(t.add(path.as_bytes())),
            path_old: Text(t.add(format!("{path}.new").as_bytes())),
            inode,
            device,
            ..FileRename::ABSENT
        }),
        _ => Made::new(|t| FileCreate {
            path: Text(t.add(path.as_bytes())),
            inode,
            device,
            ..FileCreate::ABSENT
        }),
    }
}

/// What one short process does: it is made, runs, touches files, connects, ends.
fn life(dice: &mut Dice, number: u64) -> Vec<Made> {
    let mut all = vec![
        Made::new(|_| Fork { child: key(number), ..Fork::ABSENT }),
        Made::new(|t| Exec { path: Text(t.add(b"/usr/bin/tool")), ..Exec::ABSENT }),
    ];
    for _ in 0..dice.roll(14) {
        let write = dice.roll(2) == 0;
        all.push(file(dice, write));
    }
    for _ in 0..dice.roll(3) {
        let last = u8::try_from(dice.skewed(250)).unwrap();
        all.push(Made::new(|_| Connect {
            source_ip: Ip(mapped([10, 0, 0, 1])),
            source_port: 40_000,
            destination_ip: Ip(mapped([10, 1, 2, last])),
            destination_port: 443,
            transport: Transport::TCP,
            direction: Direction::OUTBOUND,
            ..Connect::ABSENT
        }));
    }
    all.push(Made::new(|_| Exit { exit_code: 0, ..Exit::ABSENT }));
    all
}

fn key(number: u64) -> ProcessKey {
    ProcessKey { start_ns: 1_000_000 + number * 1_000, pid: 1_000 + number % 30_000 }
}

/// Twenty daemons of init's, a shell of a daemon's for every fifty processes, which run from it.
fn parent_of(number: u64) -> ProcessKey {
    match number {
        0..=20 => key(0),
        _ if number.is_multiple_of(50) => key(1 + number / 50 % 20),
        _ => key(number / 50 * 50),
    }
}

fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

/// A million events over the last day; returns a process in the middle.
fn fill(dir: &Path) -> ProcessKey {
    let (mut writer, _) = Writer::open(&dir.join("store"), Options::default()).unwrap();
    let mut dice = Dice(88_172_645_463_325_252);
    let step = 86_400_000_000_000 / EVENTS;
    let start = now_ns() - 86_400_000_000_000;
    let (mut written, mut number) = (0, 1);
    while written < EVENTS {
        number += 1;
        let parent = parent_of(number);
        let args: &'static str = ["cc\0-c\0-O2\0file.c\0", "sh\0-c\0make all\0", "ls\0-la\0/tmp\0"]
            [usize::try_from(dice.roll(3)).unwrap()];
        let process = Process { args, mnt_ns: 7, ..Process::default() };
        for made in life(&mut dice, number) {
            let mut event: Event = made.by(&process).event();
            event.context.process = key(number);
            event.context.parent = parent;
            event.context.pid = u32::try_from(key(number).pid).unwrap();
            event.context.start = Time(start + written * step);
            event.head.time = Time(start + written * step + dice.roll(step));
            event.head.result = Errno(0);
            let row = Row {
                head: event.head,
                context: ContextRef {
                    id: number,
                    fixed: &event.context,
                    tail: &event.context_tail,
                },
                kind: event.kind,
                body: &event.body,
                tail: &event.tail,
            };
            while writer.append(&row).is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
            written += 1;
            if written % 2_000 == 0 {
                writer.publish();
            }
        }
    }
    writer.publish();
    writer.close().unwrap();
    key(number / 100 * 50)
}

/// CPU time of children that were waited for.
fn children_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Median wall time, mean CPU time, lines and what was said.
fn median(dir: &Path, args: &[&str]) -> (Duration, Duration, usize, String) {
    let before = children_cpu();
    let mut times = Vec::new();
    let mut said = (0, String::new());
    for _ in 0..RUNS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tarsier"));
        command.args(["-w", &format!("store.path={}", dir.join("store").display())]);
        let began = Instant::now();
        let output = command.args(args).output().unwrap();
        times.push(began.elapsed());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        said = (output.stdout.iter().filter(|byte| **byte == b'\n').count(), text);
    }
    times.sort();
    let cpu = (children_cpu() - before) / u32::try_from(RUNS).unwrap();
    (times[RUNS / 2], cpu, said.0, said.1)
}

#[test]
#[ignore = "writes a million events; by hand"]
fn answers_come_in_time() {
    let dir: PathBuf = std::env::temp_dir().join(format!("tarsier-speed-{}", std::process::id()));
    println!("{}", dir.display());
    std::fs::create_dir_all(&dir).unwrap();
    let began = Instant::now();
    let middle = fill(&dir);
    println!("written in {:?}", began.elapsed());
    let key = sensor::event::show_key(middle);
    let pid = middle.pid.to_string();
    let known = dir.join("known");
    std::fs::write(&known, "x").unwrap();
    let cases: &[(u64, &[&str])] = &[
        (50, &["query", "--since", "1m", "--explain"]),
        (250, &["who", "/usr/share/package-7/dir-7/file-3.conf", "--everywhere"]),
        (250, &["who", "/etc/passwd"]),
        (250, &["who", known.to_str().unwrap()]),
        (250, &["tree", &key]),
        (250, &["tree", &pid]),
        (1000, &["query", "file.path ^= /tmp/build-7/", "--count", "--explain"]),
        (1000, &["query", "process.pid = 4711", "--count", "--explain"]),
        (1000, &["query", "destination.port = 444", "--count", "--explain"]),
        (1000, &["query", "destination.ip = 10.1.2.77", "--count", "--explain"]),
        (1000, &["query", "", "--limit", "100", "--explain"]),
        (1000, &["query", "event.action = connect", "--count", "--explain"]),
        (1000, &["query", "", "--json", "--limit", "20000", "--explain"]),
    ];
    let mut late = Vec::new();
    for (most, args) in cases {
        let (took, cpu, lines, said) = median(&dir, args);
        println!("{took:>9.1?} wall {cpu:>9.1?} CPU {lines:>7} lines  {}", args.join(" "));
        if args.contains(&"--explain") {
            said.lines().skip(5).for_each(|line| println!("{:14}{line}", ""));
        }
        if cpu > Duration::from_millis(*most) {
            late.push(args.join(" "));
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(late.is_empty(), "too late: {late:?}");
}
