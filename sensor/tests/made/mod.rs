// SPDX-License-Identifier: Apache-2.0
//! Events made by hand, and golden files.
#![allow(dead_code, reason = "each test binary uses its part")]
use common::event::{
    Connect, Context, DnsResponse, Event as Kinded, Exit, FileMode, FileRename, Head,
};
use common::names::{Direction, EventFlags, NetworkType, Source, Transport};
use common::record::{Body, Field, span_at, text};
use common::value::{
    Device, Errno, Ip, IpList, Mode, ProcessKey, Span, Text, TextList, Time, Type, Typed,
};
use sensor::event::{Event, Joined};
use std::path::Path;
use zerocopy::IntoBytes;

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
        let (context, context_tail) = context();
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
            ..FileMode::ABSENT
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

fn context() -> (Context, Vec<u8>) {
    let mut t = Texts::default();
    let context = Context {
        process: ProcessKey { start_ns: 1000, pid: 4711 },
        parent: ProcessKey { start_ns: 900, pid: 1 },
        start: Time(1_795_348_000_000_000_000),
        pid: 4711,
        parent_pid: 1,
        uid: 1000,
        euid: 1000,
        gid: 1000,
        loginuid: 1000,
        mnt_ns: 4_026_531_840,
        name: Text(t.add(b"sh")),
        executable: Text(t.add(b"/usr/bin/dash")),
        args: TextList(t.add(b"sh\0-c\0exit 3\0")),
        args_count: 3,
        working_directory: Text(t.add(b"/home/ann")),
        user_name: Text(t.add(b"ann")),
        effective_user_name: Text(t.add(b"ann")),
        ..Context::ABSENT
    };
    (context, t.0)
}

/// Every text the store would ask about.
pub fn texts(event: &Event) -> impl Iterator<Item = Vec<u8>> {
    let in_body = spans(event.kind.fields(), &event.body, &event.tail);
    let in_context = spans(Context::FIELDS, event.context.as_bytes(), &event.context_tail);
    in_body.into_iter().chain(in_context)
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
