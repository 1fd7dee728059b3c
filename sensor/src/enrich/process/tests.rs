// SPDX-License-Identifier: Apache-2.0
//! The process table against made records.
use super::Processes;
use crate::event::{Drafts, Who};
use common::event::Kind;
use common::names::Capabilities;
use common::record::text;
use common::value::{Errno, ProcessKey, Span, Text};
use common::wire::{Exec, Fork, Header, Record, Wire};
use zerocopy::{FromZeros, IntoBytes};

fn header(pid: u64, uid: u32) -> Header {
    let mut header = Header::new_zeroed();
    header.process = ProcessKey { start_ns: pid * 1000, pid };
    header.tid = u32::try_from(pid).unwrap();
    header.uid = uid;
    header.euid = uid;
    header.comm[..2].copy_from_slice(b"sh");
    header
}

fn bytes<B: IntoBytes + zerocopy::Immutable>(
    mut header: Header,
    kind: Wire,
    body: &B,
    tail: &[u8],
) -> Vec<u64> {
    let len = size_of::<Header>() + body.as_bytes().len() + tail.len();
    header.kind = kind as u32;
    header.len = u32::try_from(len).unwrap();
    let mut words = vec![0u64; len.div_ceil(8)];
    let all = [header.as_bytes(), body.as_bytes(), tail].concat();
    words.as_mut_bytes()[..len].copy_from_slice(&all);
    words
}

fn exec(pid: u64, uid: u32, path: &[u8], capabilities: u64) -> Vec<u64> {
    let body = Exec {
        executable: Text(Span { start: 0, len: u16::try_from(path.len()).unwrap() }),
        result: Errno(0),
        capabilities: Capabilities(capabilities),
        ..Exec::ABSENT
    };
    bytes(header(pid, uid), Wire::Exec, &body, path)
}

fn observe(table: &mut Processes, words: &[u64]) -> Vec<Kind> {
    let len = usize::from(words.as_bytes()[0]) + 256 * usize::from(words.as_bytes()[1]);
    let record = Record::parse(&words.as_bytes()[..len]).unwrap();
    let mut out = Drafts::default();
    table.observe(&record, &mut out);
    out.iter().map(|draft| draft.kind).collect()
}

fn table() -> Processes {
    Processes::new(ProcessKey { start_ns: 1, pid: 1 }, b"/bin/tarsier", b"tarsier\0", 180)
}

#[test]
fn a_child_has_what_its_parent_had_until_it_execs() {
    let mut table = table();
    observe(&mut table, &exec(10, 0, b"/bin/sh", 0));
    let child = ProcessKey { start_ns: 77, pid: 11 };
    let fork = Fork { child, child_ns_pid: 3, ..Fork::ABSENT };
    observe(&mut table, &bytes(header(10, 0), Wire::Fork, &fork, &[]));
    let known = table.context_of(&Who::Process(child));
    assert_eq!(text(known.tail, known.fixed.executable.0), Some(&b"/bin/sh"[..]));
    assert_eq!((known.fixed.pid, known.fixed.parent_pid, known.fixed.ns_pid), (11, 10, 3));
    let before = known.id;
    let mut after = header(11, 0);
    after.process = child;
    let body =
        Exec { executable: Text(Span { start: 0, len: 9 }), result: Errno(0), ..Exec::ABSENT };
    observe(&mut table, &bytes(after, Wire::Exec, &body, b"/bin/true"));
    let known = table.context_of(&Who::Process(child));
    assert_eq!(text(known.tail, known.fixed.executable.0), Some(&b"/bin/true"[..]));
    assert_ne!(known.id, before);
    assert_eq!(known.fixed.parent.pid, 10);
}

#[test]
fn a_set_id_exec_is_told_with_the_old_ids() {
    let mut table = table();
    assert_eq!(observe(&mut table, &exec(10, 1000, b"/bin/sh", 0)), []);
    assert_eq!(observe(&mut table, &exec(10, 1000, b"/bin/ls", 0)), []);
    assert_eq!(observe(&mut table, &exec(10, 0, b"/bin/su", 0)), [Kind::Privilege]);
    assert_eq!(observe(&mut table, &exec(10, 0, b"/bin/ping", 1 << 13)), [Kind::Privilege]);
}

#[test]
fn a_failed_exec_changes_nothing() {
    let mut table = table();
    observe(&mut table, &exec(10, 0, b"/bin/sh", 0));
    let body = Exec { result: Errno(2), ..Exec::ABSENT };
    observe(&mut table, &bytes(header(10, 0), Wire::Exec, &body, &[]));
    let known = table.context_of(&Who::Header(header(10, 0)));
    assert_eq!(text(known.tail, known.fixed.executable.0), Some(&b"/bin/sh"[..]));
}

#[test]
fn a_stranger_has_a_key_and_nothing_else() {
    let mut table = table();
    let key = ProcessKey { start_ns: 5, pid: 99 };
    let known = table.context_of(&Who::Process(key));
    assert_eq!((known.fixed.process, known.fixed.uid), (key, u32::MAX));
    assert_eq!(text(known.tail, known.fixed.executable.0), None);
}

#[test]
fn exited_processes_go_after_a_while() {
    let mut table = table();
    observe(&mut table, &exec(10, 0, b"/bin/sh", 0));
    let mut gone = header(10, 0);
    gone.time_ns = 1_000_000_000;
    let exit = common::wire::Exit::ABSENT;
    observe(&mut table, &bytes(gone, Wire::Exit, &exit, &[]));
    table.expire(2_000_000_000);
    assert_eq!(table.len(), 1);
    table.expire(200_000_000_000);
    assert_eq!(table.len(), 0);
}

#[test]
fn an_exec_after_setuid_changes_nothing() {
    let mut table = table();
    observe(&mut table, &exec(10, 0, b"/bin/su", 7));
    let cred = common::wire::Cred {
        uid: 1000,
        euid: 1000,
        gid: 0,
        capabilities: Capabilities(0),
        result: Errno(0),
        ..common::wire::Cred::ABSENT
    };
    observe(&mut table, &bytes(header(10, 0), Wire::Cred, &cred, &[]));
    table.context_of(&Who::Header(header(10, 0)));
    assert_eq!(observe(&mut table, &exec(10, 1000, b"/bin/sh", 0)), []);
    let known = table.context_of(&Who::Header(header(10, 1000)));
    assert_eq!(known.fixed.uid, 1000);
}
