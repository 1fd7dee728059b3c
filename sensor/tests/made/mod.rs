// SPDX-License-Identifier: Apache-2.0
//! Events made by hand, and golden files.
#![allow(dead_code, reason = "each test binary uses its part")]
use common::event::{
    Connect, Context, DnsResponse, Event as Kinded, Exit, FileMode, FileRename, Head,
};
use common::names::{Direction, EventFlags, NetworkType, Source, Transport};
use common::record::{Field, span_at, text};
use common::value::{
    Device, Errno, Ip, IpList, Mode, ProcessKey, Span, Text, TextList, Time, Type, Typed,
};
use sensor::event::{Event, Joined};
use std::path::Path;

/// A tail that grows.
#[derive(Default)]
pub struct Texts(pub Vec<u8>);

impl Texts {
    pub fn add(&mut self, bytes: &[u8]) -> Span {
        let start = u16::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(bytes);
        Span { start, len: u16::try_from(bytes.len()).unwrap() }
    }
}

/// An event in the making.
pub struct Made(Event);

impl Made {
    pub fn new<B: Kinded>(fill: impl FnOnce(&mut Texts) -> B) -> Made {
        let mut texts = Texts::default();
        let body = fill(&mut texts);
        let (context, context_tail) = Process::default().context();
        let head = Head {
            sequence: 42,
            time: Time(1_795_348_799_123_456_789),
            result: Errno(0),
            tid: 4711,
            kind: B::KIND as u32,
            source: Source::EBPF,
            ..Head::ABSENT
        };
        Made(Event {
            head,
            kind: B::KIND,
            context,
            context_tail,
            body: body.as_bytes().to_vec(),
            tail: texts.0,
            joined: Joined::default(),
        })
    }

    pub fn rename(from: &[u8], to: &[u8]) -> Made {
        Made::new(|t| FileRename {
            path: Text(t.add(to)),
            path_old: Text(t.add(from)),
            ..FileRename::ABSENT
        })
        .flagged(EventFlags::AS_ASKED)
    }

    pub fn connect(to: [u8; 4], port: u32) -> Made {
        Made::new(|_| Connect {
            source_ip: Ip(mapped([192, 0, 2, 7])),
            source_port: 40_000,
            destination_ip: Ip(mapped(to)),
            destination_port: port,
            transport: Transport::TCP,
            network_type: NetworkType::IPV4,
            direction: Direction::OUTBOUND,
            ..Connect::ABSENT
        })
    }

    pub fn mode(path: &[u8], old: u32, new: u32) -> Made {
        Made::new(|t| FileMode {
            path: Text(t.add(path)),
            mode: Mode(new),
            mode_old: Mode(old),
            device: Device(8 << 20 | 1),
            inode: 77,
        })
    }

    pub fn answer(name: &str, addresses: &[[u8; 4]]) -> Made {
        let all: Vec<u8> = addresses.iter().flat_map(|a| mapped(*a)).collect();
        Made::new(|t| DnsResponse {
            id: 7,
            name: Text(t.add(name.as_bytes())),
            resolved: IpList(t.add(&all)),
            ..DnsResponse::ABSENT
        })
    }

    pub fn exit(code: Option<i32>) -> Made {
        Made::new(|_| Exit { exit_code: code.unwrap_or(i32::ABSENT), ..Exit::ABSENT })
    }

    /// Done by another process than the usual one.
    pub fn by(mut self, who: &Process) -> Made {
        (self.0.context, self.0.context_tail) = who.context();
        self
    }

    pub fn at(mut self, time_ns: u64) -> Made {
        self.0.head.time = Time(time_ns);
        self
    }

    pub fn failed(mut self, errno: i32) -> Made {
        self.0.head.result = Errno(errno);
        self
    }

    pub fn flagged(mut self, flags: EventFlags) -> Made {
        self.0.head.flags = EventFlags(self.0.head.flags.0 | flags.0);
        self
    }

    pub fn event(self) -> Event {
        self.0
    }
}

pub fn mapped(v4: [u8; 4]) -> [u8; 16] {
    std::net::Ipv4Addr::from(v4).to_ipv6_mapped().octets()
}

/// Who does it.
#[derive(Clone)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub name: &'static str,
    pub args: &'static str,
    pub user: &'static str,
    pub uid: u32,
    pub mnt_ns: u32,
    pub container: Option<&'static str>,
}

impl Default for Process {
    fn default() -> Process {
        Process {
            pid: 4711,
            parent: 1,
            name: "sh",
            args: "sh\0-c\0exit 3\0",
            user: "ann",
            uid: 1000,
            mnt_ns: 4_026_531_840,
            container: None,
        }
    }
}

impl Process {
    pub fn key(pid: u32) -> ProcessKey {
        let start_ns = if pid == 1 { 900 } else { 1000 };
        ProcessKey { start_ns, pid: pid.into() }
    }

    fn context(&self) -> (Context, Vec<u8>) {
        let mut t = Texts::default();
        let context = Context {
            process: Process::key(self.pid),
            parent: match self.parent {
                0 => ProcessKey::ABSENT,
                parent => Process::key(parent),
            },
            start: Time(1_795_348_000_000_000_000),
            pid: self.pid,
            parent_pid: if self.parent == 0 { u32::ABSENT } else { self.parent },
            uid: self.uid,
            euid: self.uid,
            gid: self.uid,
            loginuid: 1000,
            mnt_ns: self.mnt_ns,
            name: Text(t.add(self.name.as_bytes())),
            executable: Text(t.add(b"/usr/bin/dash")),
            args: TextList(t.add(self.args.as_bytes())),
            args_count: 3,
            working_directory: Text(t.add(b"/home/ann")),
            user_name: Text(t.add(self.user.as_bytes())),
            effective_user_name: Text(t.add(self.user.as_bytes())),
            container_id: self.container.map_or(Text::ABSENT, |id| Text(t.add(id.as_bytes()))),
            ..Context::ABSENT
        };
        (context, t.0)
    }
}

/// Every text the store would ask about.
pub fn texts(event: &Event) -> impl Iterator<Item = Vec<u8>> {
    spans(event.kind.fields(), &event.body, &event.tail).into_iter()
}

fn spans(fields: &[Field], body: &[u8], tail: &[u8]) -> Vec<Vec<u8>> {
    let texts = fields.iter().filter(|f| matches!(f.ty, Type::Text | Type::TextList));
    texts
        .filter_map(|f| text(tail, span_at(body, f).filter(|s| *s != Span::ABSENT)?))
        .map(<[u8]>::to_vec)
        .collect()
}

/// Compares with `tests/fixtures/output/NAME`; `BLESS=1` writes it.
pub fn golden(name: &str, text: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/output");
    let path = dir.join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expect, "{name} differs; BLESS=1 accepts it");
}
