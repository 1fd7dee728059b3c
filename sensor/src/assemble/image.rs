// SPDX-License-Identifier: Apache-2.0
//! Images: a shared object is told once for each program a process runs, whoever saw it.
//!
//! The kernel side remembers recent (process, file) pairs; what it forgot under pressure is folded
//! here and was never seen. The ELF interpreter is mapped inside exec, where one tier cannot see
//! it, so it is derived from exec's record in both. A new exec begins a new set.
use crate::event::{Drafts, Moment, Who};
use crate::health::{Count, Health};
use common::event;
use common::names::{Class, ModuleChange};
use common::value::{Device, Errno, ProcessKey, Typed};
use common::wire::{self, Record};
use std::collections::HashMap;

/// Files that processes have mapped.
#[derive(Debug)]
pub struct Images {
    loaded: HashMap<ProcessKey, Vec<(u64, Device)>>,
    /// Emptied lists, so that a storm of short processes does not allocate for each.
    spare: Vec<Vec<(u64, Device)>>,
    held: usize,
    most: usize,
}

const SPARE_MAX: usize = 256;

impl Images {
    /// Remembers `most` pairs of process and file; all are forgotten when there are more, so that
    /// a library may then be told a second time, never missed.
    pub fn new(most: usize) -> Images {
        Images { loaded: HashMap::new(), spare: Vec::new(), held: 0, most }
    }

    /// An exec: forgets what the old program had mapped and tells the interpreter. A failed one
    /// changes nothing.
    pub fn exec(
        &mut self,
        who: &Who,
        record: &Record<'_>,
        body: &wire::Exec,
        health: &Health,
        out: &mut Drafts,
    ) {
        if body.result != Errno(0) {
            return;
        }
        self.exit(record.header.process);
        let known = body.interpreter_inode != u64::MAX && body.interpreter_device != Device::ABSENT;
        if !known
            || !self.first(record.header.process, body.interpreter_inode, body.interpreter_device)
        {
            return;
        }
        health.add(Class::IMAGE, Count::Derived, 1);
        let path = record.text(body.interpreter.0);
        out.push(who, Moment::of(record.header), |tail| event::LibraryLoad {
            inode: body.interpreter_inode,
            device: body.interpreter_device,
            path: tail.maybe(path),
            ..event::LibraryLoad::ABSENT
        });
    }

    /// A process ended.
    pub fn exit(&mut self, process: ProcessKey) {
        let Some(mut files) = self.loaded.remove(&process) else { return };
        self.held -= files.len();
        if self.spare.len() < SPARE_MAX {
            files.clear();
            self.spare.push(files);
        }
    }

    /// A file was mapped executable.
    pub fn map(
        &mut self,
        who: &Who,
        record: &Record<'_>,
        body: &wire::Map,
        health: &Health,
        out: &mut Drafts,
    ) {
        if !self.first(record.header.process, body.inode, body.device) {
            health.add(Class::IMAGE, Count::Folded, 1);
            return;
        }
        let path = record.text(body.path.0);
        out.push(who, Moment::of(record.header), |tail| event::LibraryLoad {
            inode: body.inode,
            size: body.size,
            mtime: body.mtime,
            ctime: body.ctime,
            device: body.device,
            path: tail.maybe(path),
        });
    }

    fn first(&mut self, process: ProcessKey, inode: u64, device: Device) -> bool {
        if self.held >= self.most {
            self.loaded.clear();
            self.held = 0;
        }
        let spare = &mut self.spare;
        let files = self.loaded.entry(process).or_insert_with(|| spare.pop().unwrap_or_default());
        if files.contains(&(inode, device)) {
            return false;
        }
        files.push((inode, device));
        self.held += 1;
        true
    }
}

/// A kernel module came or went.
pub fn module(who: &Who, record: &Record<'_>, body: &wire::Module, out: &mut Drafts) {
    let at = Moment::of(record.header);
    let name = record.text(body.name.0);
    if body.change == ModuleChange::REMOVED {
        out.push(who, at, |tail| event::ModuleUnload {
            name: tail.maybe(name),
            ..event::ModuleUnload::ABSENT
        });
        return;
    }
    let path = record.text(body.path.0);
    out.push(who, at, |tail| event::ModuleLoad {
        taints: body.taints,
        path: tail.maybe(path),
        name: tail.maybe(name),
    });
}

/// An eBPF program was loaded.
pub fn bpf(who: &Who, record: &Record<'_>, body: &wire::Bpf, out: &mut Drafts) {
    let name = record.text(body.name.0);
    out.push(who, Moment::of(record.header), |tail| event::BpfLoad {
        id: body.id,
        program_type: body.program_type,
        name: tail.maybe(name),
        ..event::BpfLoad::ABSENT
    });
}

#[cfg(test)]
mod tests {
    use super::{Images, module};
    use crate::event::{Drafts, Value, Who};
    use crate::health::Health;
    use common::names::{Class, ModuleChange};
    use common::value::{Device, Errno, ProcessKey, Span, Text};
    use common::wire::{self, Header, OnWire, Record};
    use zerocopy::{FromZeros, IntoBytes};

    const KEY: ProcessKey = ProcessKey { start_ns: 3, pid: 9 };
    const WHO: Who = Who::Process(KEY);

    /// A record's bytes; boxed words, because records begin at 8-byte boundaries.
    fn record<B: OnWire>(body: &B, tail: &[u8]) -> Vec<u64> {
        let len = size_of::<Header>() + size_of::<B>() + tail.len();
        let kind = B::KIND as u32;
        let len32 = u32::try_from(len).unwrap();
        let header = Header { len: len32, kind, process: KEY, ..Header::new_zeroed() };
        let bytes = [header.as_bytes(), body.as_bytes(), tail].concat();
        let mut words = vec![0u64; len.div_ceil(8)];
        words.as_mut_bytes()[..len].copy_from_slice(&bytes);
        words
    }

    fn parsed(words: &[u64], tail: usize) -> Record<'_> {
        let padded = words.as_bytes();
        let len = padded.len() - (8 - tail % 8) % 8;
        Record::parse(&padded[..len]).unwrap()
    }

    fn exec(inode: u64) -> wire::Exec {
        wire::Exec {
            interpreter_inode: inode,
            interpreter_device: Device(8),
            result: Errno(0),
            interpreter: Text(Span { start: 0, len: 8 }),
            ..wire::Exec::ABSENT
        }
    }

    fn map(inode: u64) -> wire::Map {
        wire::Map { inode, device: Device(8), ..wire::Map::ABSENT }
    }

    struct Room {
        images: Images,
        health: Health,
        out: Drafts,
    }

    impl Room {
        fn new(most: usize) -> Room {
            Room { images: Images::new(most), health: Health::default(), out: Drafts::default() }
        }
        fn exec(&mut self, body: &wire::Exec) -> usize {
            let words = record(body, b"/lib/ld1");
            let record = parsed(&words, 8);
            self.images.exec(&WHO, &record, body, &self.health, &mut self.out);
            self.out.len()
        }
        fn map(&mut self, body: &wire::Map) -> usize {
            let words = record(body, b"");
            let record = parsed(&words, 0);
            self.images.map(&WHO, &record, body, &self.health, &mut self.out);
            self.out.len()
        }
        fn seen(&self) -> u64 {
            self.health.ledger().iter().find(|b| b.class == Class::IMAGE).unwrap().seen
        }
    }

    #[test]
    fn the_interpreter_comes_from_exec_and_is_not_told_twice() {
        let mut room = Room::new(100);
        assert_eq!(room.exec(&exec(1)), 1);
        let draft = room.out.iter().next().unwrap();
        let path = draft.kind.fields().iter().find(|f| f.name == "file.path").unwrap();
        assert_eq!(Value::read(path, draft.body, draft.tail), Some(Value::Text(b"/lib/ld1")));
        assert_eq!(room.seen(), 1);
        assert_eq!(room.map(&map(1)), 1);
        assert_eq!(room.map(&map(2)), 2);
        assert_eq!(room.map(&map(2)), 2);
    }

    #[test]
    fn a_new_program_begins_a_new_set_and_a_failed_exec_does_not() {
        let mut room = Room::new(100);
        room.map(&map(2));
        assert_eq!(room.exec(&wire::Exec { result: Errno(2), ..exec(1) }), 1);
        assert_eq!(room.map(&map(2)), 1);
        assert_eq!(room.exec(&exec(1)), 2);
        assert_eq!(room.map(&map(2)), 3);
        room.images.exit(KEY);
        assert_eq!((room.images.held, room.map(&map(2))), (0, 4));
    }

    #[test]
    fn a_full_memory_tells_again_and_never_misses() {
        let mut room = Room::new(2);
        for inode in 1..=5 {
            assert_eq!(room.map(&map(inode)), usize::try_from(inode).unwrap());
        }
        assert!(room.images.held <= 2);
    }

    #[test]
    fn a_module_goes_by_its_change() {
        let mut out = Drafts::default();
        let name = Text(Span { start: 0, len: 4 });
        for change in [ModuleChange::LOADED, ModuleChange::REMOVED] {
            let body = wire::Module { change, name, ..wire::Module::ABSENT };
            let words = record(&body, b"loop");
            module(&WHO, &parsed(&words, 4), &body, &mut out);
        }
        let names: Vec<_> = out.iter().map(|draft| draft.kind.name()).collect();
        assert_eq!(names, ["module_load", "module_unload"]);
    }
}
