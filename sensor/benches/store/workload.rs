// SPDX-License-Identifier: Apache-2.0
//! Events as a host makes them, from a seed: used by the bench and by the store's tests.
use common::event::{
    Accept, Close, Connect, Context, Event, Exec, Exit, FileCreate, FileDelete, FileMode,
    FileRename, FileWrite, Fork, Head, Kind, LibraryLoad,
};
use common::names::{Direction, EventFlags, NetworkType, Source, Transport};
use common::value::{BootTime, Device, Errno, Ip, Mode, ProcessKey, Span, Text, TextList, Time};
use sensor::store::{ContextRef, Row};
use std::ops::Range;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// Two threads start short programs as fast as they can.
    Processes,
    /// Create, write, rename, chmod, unlink, file after file.
    Files,
    /// Connect, accept, close, close.
    Connections,
    /// All of it, at an ordinary pace, from many processes and over many known paths.
    Mix,
}

impl Storm {
    /// Every storm.
    pub const ALL: [Storm; 4] = [Storm::Processes, Storm::Files, Storm::Connections, Storm::Mix];
}

/// Deterministic numbers (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
    /// Small numbers far more often than large ones, below `n`.
    pub fn skewed(&mut self, n: u64) -> u64 {
        let bits = self.below(u64::from(64 - n.leading_zeros()) + 1);
        self.next().checked_shr(u32::try_from(64 - bits).unwrap_or(63)).unwrap_or(0) % n.max(1)
    }
}

struct MadeRow {
    head: Head,
    kind: Kind,
    context: u64,
    body: Range<usize>,
    tail: Range<usize>,
}

/// Some events, made before they are needed.
#[derive(Default)]
pub struct Part {
    rows: Vec<MadeRow>,
    bytes: Vec<u8>,
    contexts: Vec<(u64, Context, Vec<u8>)>,
}

impl Part {
    /// How many.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The rows in batches.
    pub fn batches(&self, n: usize) -> impl Iterator<Item = impl Iterator<Item = Row<'_>>> {
        self.rows.chunks(n).map(|rows| rows.iter().map(|row| self.row(row)))
    }

    fn row(&self, row: &MadeRow) -> Row<'_> {
        let place = self.contexts.binary_search_by_key(&row.context, |(id, _, _)| *id);
        let (id, fixed, tail) = &self.contexts[place.expect("made together")];
        Row {
            head: row.head,
            context: ContextRef { id: *id, fixed, tail },
            kind: row.kind,
            body: &self.bytes[row.body.clone()],
            tail: &self.bytes[row.tail.clone()],
        }
    }
}

#[derive(Clone)]
struct Process {
    key: ProcessKey,
    context: u64,
    fixed: Context,
    tail: Vec<u8>,
}

/// The source of events.
pub struct Workload {
    storm: Storm,
    dice: Dice,
    boot_ns: u64,
    next_pid: u64,
    next_context: u64,
    step: u64,
    inode: u64,
    port: u32,
    shells: Vec<Process>,
    paths: Vec<String>,
    part: Part,
}

const BOOT: u64 = 1_790_000_000_000_000_000;
const LIBRARIES: [&str; 3] = ["ld-linux-x86-64.so.2", "libc.so.6", "libselinux.so.1"];

fn ip4(last: u8) -> Ip {
    let mut ip = [0; 16];
    ip[10..].copy_from_slice(&[0xff, 0xff, 127, 0, 0, last]);
    Ip(ip)
}

impl Workload {
    /// Starts with two shells; ordinary days have forty daemons.
    pub fn new(storm: Storm, seed: u64) -> Workload {
        let mut workload = Workload {
            storm,
            dice: Dice(seed),
            boot_ns: 86_400_000_000_000,
            next_pid: 4000,
            next_context: 1,
            step: 0,
            inode: 1_000_000,
            port: 32768,
            shells: Vec::new(),
            paths: Vec::new(),
            part: Part::default(),
        };
        for n in 0..6000u64 {
            let (a, b) = (n % 37, workload.dice.below(400));
            let root =
                ["/etc", "/var/lib/app", "/home/app/src", "/usr/share/doc"][(n % 4) as usize];
            workload.paths.push(format!("{root}/part-{a}/sub-{b}/file-{n}.conf"));
        }
        workload.paths.push("/var/lib/app/data/file-000777".to_owned());
        let init = ProcessKey { start_ns: 1_000_000, pid: 1 };
        for n in 0..if storm == Storm::Mix { 40 } else { 2 } {
            let arguments = format!("/bin/bash\0-c\0run {n}");
            let shell = workload.process(init, "bash", "/usr/bin/bash", arguments.as_bytes());
            workload.shells.push(shell);
        }
        workload
    }

    /// The next `events` events.
    pub fn make(&mut self, events: u64) -> Part {
        for shell in self.shells.clone() {
            self.know(&shell);
        }
        while (self.part.rows.len() as u64) < events {
            match self.storm {
                Storm::Processes => self.run_program(),
                Storm::Files => self.touch_file(),
                Storm::Connections => self.connect(),
                Storm::Mix => match self.dice.below(10) {
                    0..=1 => self.run_program(),
                    2 => self.connect(),
                    3 => self.touch_file(),
                    _ => self.write_known(),
                },
            }
        }
        let mut part = std::mem::take(&mut self.part);
        part.rows.truncate(usize::try_from(events).unwrap_or(usize::MAX));
        part.contexts.sort_by_key(|(id, _, _)| *id);
        part.contexts.dedup_by_key(|(id, _, _)| *id);
        part
    }

    fn pass_time(&mut self) {
        let mean = if self.storm == Storm::Mix { 400_000 } else { 12_000 };
        self.boot_ns += self.dice.below(2 * mean);
    }

    fn process(&mut self, parent: ProcessKey, name: &str, exe: &str, args: &[u8]) -> Process {
        self.next_pid += 1;
        let key = ProcessKey { start_ns: self.boot_ns, pid: self.next_pid };
        let parts = [name.as_bytes(), exe.as_bytes(), args, b"/root", b"root", b"root"];
        let mut tail = Vec::new();
        let mut spans = [Span::ABSENT; 6];
        for (span, part) in spans.iter_mut().zip(parts) {
            *span = add(&mut tail, part);
        }
        let pid = u32::try_from(key.pid).unwrap_or(0);
        let fixed = Context {
            process: key,
            parent,
            start: Time(BOOT + key.start_ns),
            start_boot: BootTime(key.start_ns),
            cgroup_id: 4711,
            executable_inode: 100 + exe.len() as u64,
            executable_size: 150_000,
            executable_mtime: Time(BOOT - 1_234_567_890),
            executable_ctime: Time(BOOT - 1_234_567_000),
            executable_device: Device(0xfe00),
            pid,
            parent_pid: u32::try_from(parent.pid).unwrap_or(0),
            ns_pid: pid,
            pid_ns: 4_026_531_836,
            mnt_ns: 4_026_531_841,
            uid: 0,
            euid: 0,
            gid: 0,
            loginuid: 1000,
            session: 3,
            args_count: 3,
            name: Text(spans[0]),
            executable: Text(spans[1]),
            args: TextList(spans[2]),
            working_directory: Text(spans[3]),
            user_name: Text(spans[4]),
            effective_user_name: Text(spans[5]),
            ..Context::ABSENT
        };
        let context = self.next_context;
        self.next_context += 1;
        let process = Process { key, context, fixed, tail };
        self.know(&process);
        process
    }

    fn know(&mut self, process: &Process) {
        let known = (process.context, process.fixed, process.tail.clone());
        self.part.contexts.push(known);
    }

    fn add<B: Event>(
        &mut self,
        process: &Process,
        errno: i32,
        fill: impl FnOnce(&mut Vec<u8>) -> B,
    ) {
        let bytes = &mut self.part.bytes;
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let mut tail = Vec::new();
        let body = fill(&mut tail);
        let body_start = bytes.len();
        bytes.extend_from_slice(body.as_bytes());
        let tail_start = bytes.len();
        bytes.extend_from_slice(&tail);
        let head = Head {
            sequence: 0,
            time: Time(BOOT + self.boot_ns),
            boot_time: BootTime(self.boot_ns),
            flags: EventFlags(0),
            result: Errno(errno),
            tid: process.fixed.pid,
            kind: 0,
            source: Source::EBPF,
        };
        let (context, kind) = (process.context, B::KIND);
        let (body, tail) = (body_start..tail_start, tail_start..self.part.bytes.len());
        self.part.rows.push(MadeRow { head, kind, context, body, tail });
        self.pass_time();
    }

    fn run_program(&mut self) {
        self.step += 1;
        let shell = self.shells[self.dice.below(self.shells.len() as u64) as usize].clone();
        let child = self.process(shell.key, "bash", "/usr/bin/bash", b"/bin/bash\0-c\0run");
        self.boot_ns += 20_000;
        let pid = child.fixed.pid;
        self.add(&shell, 0, |_| Fork { child: child.key, child_pid: pid, child_ns_pid: pid });
        let known = self.dice.skewed(200);
        let arguments = match self.dice.below(10) {
            0..=6 => format!("/usr/bin/tool-{known}\0--quiet\0--config\0/etc/tool-{known}.conf"),
            _ => {
                let (a, b) = (self.dice.next(), self.dice.below(100_000));
                format!("/usr/bin/tool-{known}\0-o\0/tmp/cc{a:x}.o\0--job={b}\0-O2\0-Wall")
            }
        };
        let (name, exe) = (format!("tool-{known}"), format!("/usr/bin/tool-{known}"));
        let start = (self.boot_ns, self.next_pid);
        (self.boot_ns, self.next_pid) = (child.key.start_ns, child.key.pid - 1);
        let program = self.process(shell.key, &name, &exe, arguments.as_bytes());
        (self.boot_ns, self.next_pid) = start;
        self.add(&program, 0, |tail| Exec {
            inode: 100 + known,
            size: 150_000 + known * 8,
            mtime: Time(BOOT - known * 1_000_000_007),
            ctime: Time(BOOT - known * 1_000_000_006),
            device: Device(0xfe00),
            mode: Mode(0o100_755),
            args_bytes: 60,
            args_count: 5,
            path: Text(add(tail, exe.as_bytes())),
            ..Exec::ABSENT
        });
        for (n, library) in LIBRARIES.iter().enumerate() {
            let n = n as u64;
            self.add(&program, 0, |tail| LibraryLoad {
                inode: 900 + n,
                size: 2_000_000 + n,
                mtime: Time(BOOT - n * 1_000_003),
                ctime: Time(BOOT - n * 1_000_001),
                device: Device(0xfe00),
                path: Text(add(tail, format!("/usr/lib/x86_64-linux-gnu/{library}").as_bytes())),
            });
        }
        let (user, code) = (self.dice.below(3_000_000), i32::from(self.dice.below(20) == 0));
        self.add(&program, 0, |_| Exit {
            user_time: common::value::Duration(user / 1000 * 1000),
            system_time: common::value::Duration(user / 3000 * 1000),
            exit_code: code,
            ..Exit::ABSENT
        });
    }

    fn touch_file(&mut self) {
        self.step += 1;
        let n = self.step;
        let process = self.shells[(n % self.shells.len() as u64) as usize].clone();
        let temporary = format!("/var/lib/app/data/file-{n:06}.tmp");
        let path = format!("/var/lib/app/data/file-{n:06}");
        self.inode += 1;
        let (inode, device) = (self.inode, Device(0xfe00));
        self.add(&process, 0, |tail| FileCreate {
            inode,
            device,
            mode: Mode(0o100_644),
            path: Text(add(tail, temporary.as_bytes())),
            ..FileCreate::ABSENT
        });
        let tick = (BOOT + self.boot_ns) / 4_000_000 * 4_000_000;
        let first = self.boot_ns / 1000 * 1000;
        self.add(&process, 0, |tail| FileWrite {
            inode,
            size: 4096,
            mtime: Time(tick),
            first_change: BootTime(first),
            device,
            path: Text(add(tail, temporary.as_bytes())),
            ..FileWrite::ABSENT
        });
        self.add(&process, 0, |tail| FileRename {
            inode,
            device,
            path: Text(add(tail, path.as_bytes())),
            path_old: Text(add(tail, temporary.as_bytes())),
            ..FileRename::ABSENT
        });
        self.add(&process, 0, |tail| FileMode {
            inode,
            device,
            path: Text(add(tail, path.as_bytes())),
            mode: Mode(0o100_600),
            mode_old: Mode(0o100_644),
        });
        self.add(&process, 0, |tail| FileDelete {
            inode,
            device,
            path: Text(add(tail, path.as_bytes())),
            ..FileDelete::ABSENT
        });
    }

    fn write_known(&mut self) {
        let process = self.dice.skewed(self.shells.len() as u64) as usize;
        let process = self.shells[process].clone();
        let n = self.dice.skewed(self.paths.len() as u64);
        let path = self.paths[n as usize].clone();
        let grown = self.dice.below(5000);
        let tick = (BOOT + self.boot_ns) / 4_000_000 * 4_000_000;
        let first = self.boot_ns - self.dice.below(2_000_000);
        let errno = if self.dice.below(20) == 0 { 2 } else { 0 };
        self.add(&process, errno, |tail| FileWrite {
            inode: 131_072 + n * 3,
            size: 10_000 + n * 100 + grown,
            mtime: Time(tick),
            first_change: BootTime(first),
            device: Device(0xfe00),
            path: Text(add(tail, path.as_bytes())),
            ..FileWrite::ABSENT
        });
    }

    fn connect(&mut self) {
        let client = self.shells[0].clone();
        let server = self.shells[1].clone();
        self.port = if self.port > 60_000 { 32768 } else { self.port + 2 };
        let (from, to) = (self.port, 8080);
        let (near, far) = (ip4(1), ip4(1));
        let (transport, network_type) = (Transport::TCP, NetworkType::IPV4);
        self.add(&client, 0, |_| Connect {
            source_ip: near,
            destination_ip: far,
            source_port: from,
            destination_port: to,
            transport,
            network_type,
            direction: Direction::OUTBOUND,
            ..Connect::ABSENT
        });
        self.add(&server, 0, |_| Accept {
            source_ip: near,
            destination_ip: far,
            source_port: from,
            destination_port: to,
            transport,
            network_type,
            direction: Direction::INBOUND,
            ..Accept::ABSENT
        });
        for (process, direction) in [(client, Direction::OUTBOUND), (server, Direction::INBOUND)] {
            let duration = 20_000 + self.dice.below(60_000);
            self.add(&process, 0, |_| Close {
                source_ip: near,
                destination_ip: far,
                source_port: from,
                destination_port: to,
                transport,
                network_type,
                direction,
                duration: common::value::Duration(duration / 1000 * 1000),
                ..Close::ABSENT
            });
        }
    }
}

fn add(tail: &mut Vec<u8>, bytes: &[u8]) -> Span {
    let start = u16::try_from(tail.len()).expect("short texts");
    tail.extend_from_slice(bytes);
    Span { start, len: u16::try_from(bytes.len()).expect("short texts") }
}
