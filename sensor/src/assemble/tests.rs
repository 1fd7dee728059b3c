// SPDX-License-Identifier: Apache-2.0
//! Hand-made records of the file class and the events they must become.
use crate::assemble::Assemble;
use crate::event::{Drafts, Who};
use crate::health::Health;
use common::event::{self, Event, Kind};
use common::names::{AttributeOperation, Class, EventFlags, FileOperation};
use common::record::text;
use common::value::{BootTime, Device, Errno, Mode, ProcessKey, Span, Text, Typed};
use common::wire::{self, OnWire, Record};
use std::sync::Arc;
use zerocopy::{FromZeros, IntoBytes};

const ME: ProcessKey = ProcessKey { start_ns: 5, pid: 50 };
const HIM: ProcessKey = ProcessKey { start_ns: 6, pid: 60 };

/// Texts of a record under construction.
#[derive(Default)]
struct Texts(Vec<u8>);

impl Texts {
    fn add(&mut self, text: &str) -> Text {
        let start = u16::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(text.as_bytes());
        Text(Span { start, len: u16::try_from(text.len()).unwrap() })
    }
}

struct Stage {
    assemble: Assemble,
    health: Arc<Health>,
    out: Drafts,
}

impl Stage {
    fn new() -> Stage {
        let health = Arc::new(Health::default());
        Stage { assemble: Assemble::new(Arc::clone(&health)), health, out: Drafts::default() }
    }

    fn take<B: OnWire>(&mut self, flags: EventFlags, make: impl FnOnce(&mut Texts) -> B) {
        let mut texts = Texts::default();
        let body = make(&mut texts);
        let mut header = wire::Header::new_zeroed();
        header.len =
            u32::try_from(size_of::<wire::Header>() + size_of::<B>() + texts.0.len()).unwrap();
        header.kind = B::KIND as u32;
        header.flags = flags.0;
        header.time_ns = 1000;
        header.process = ME;
        header.tid = 51;
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(body.as_bytes());
        bytes.extend_from_slice(&texts.0);
        let words = bytes.len().div_ceil(8);
        let mut aligned = vec![0u64; words];
        aligned.as_mut_bytes()[..bytes.len()].copy_from_slice(&bytes);
        let record = Record::parse(&aligned.as_bytes()[..bytes.len()]).expect("well made");
        self.assemble.take(&record, &mut self.out);
    }

    /// The only event, as its body, its text reader, flags, result and process.
    fn only<B: Event>(&self) -> Seen<B> {
        let drafts: Vec<_> = self.out.iter().collect();
        assert_eq!(drafts.iter().map(|d| d.kind).collect::<Vec<Kind>>(), [B::KIND]);
        let draft = drafts[0];
        let process = match draft.who {
            Who::Header(header) => header.process,
            Who::Process(key) => *key,
            Who::Recorder => ProcessKey::ABSENT,
        };
        Seen {
            body: B::read_from_bytes(draft.body).unwrap(),
            tail: draft.tail.to_vec(),
            flags: draft.at.flags.0,
            result: draft.at.result,
            tid: draft.at.tid,
            process,
        }
    }

    fn file(&self) -> crate::health::Balance {
        self.health.ledger().into_iter().find(|b| b.class == Class::FILE).unwrap()
    }
}

struct Seen<B> {
    body: B,
    tail: Vec<u8>,
    flags: u64,
    result: Errno,
    tid: u32,
    process: ProcessKey,
}

impl<B> Seen<B> {
    fn text(&self, of: Text) -> Option<&str> {
        text(&self.tail, of.0).map(|bytes| std::str::from_utf8(bytes).unwrap())
    }
    fn has(&self, flag: EventFlags) -> bool {
        self.flags & flag.0 != 0
    }
}

fn none() -> EventFlags {
    EventFlags(0)
}

fn asked() -> EventFlags {
    EventFlags::AS_ASKED
}

fn operation(operation: FileOperation, result: i32) -> wire::PathOp {
    wire::PathOp { operation, result: Errno(result), ..wire::PathOp::ABSENT }
}

fn waiting(of: FileOperation) -> wire::PathOp {
    wire::PathOp { operation: of, ..wire::PathOp::ABSENT }
}

#[test]
fn a_rename_as_asked_is_joined_to_its_directories() {
    let mut stage = Stage::new();
    stage.take(asked(), |t| wire::PathOp {
        path: t.add("/srv/./new//name"),
        directory_other: t.add("/work/dir"),
        other: t.add("./old"),
        ..operation(FileOperation::RENAME, 0)
    });
    let seen = stage.only::<event::FileRename>();
    assert_eq!(seen.text(seen.body.path), Some("/srv/new/name"));
    assert_eq!(seen.text(seen.body.path_old), Some("/work/dir/old"));
    assert_eq!((seen.body.inode, seen.body.device), (u64::MAX, Device::ABSENT));
    assert!(seen.has(EventFlags::AS_ASKED) && !seen.has(EventFlags::PATH_UNKNOWN));
}

#[test]
fn a_relative_path_without_a_directory_says_so() {
    let mut stage = Stage::new();
    stage.take(asked(), |t| wire::PathOp {
        path: t.add("here"),
        ..operation(FileOperation::RMDIR, 13)
    });
    let seen = stage.only::<event::FileRmdir>();
    assert_eq!((seen.text(seen.body.path), seen.result), (Some("here"), Errno(13)));
    assert!(seen.has(EventFlags::PATH_UNKNOWN));
}

#[test]
fn a_resolved_name_is_not_touched() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::PathOp {
        path: t.add("/odd//name"),
        links: 2,
        ..operation(FileOperation::UNLINK, 0)
    });
    let seen = stage.only::<event::FileDelete>();
    assert_eq!((seen.text(seen.body.path), seen.body.links), (Some("/odd//name"), 1));
}

#[test]
fn the_target_of_a_symlink_is_text() {
    let mut stage = Stage::new();
    stage.take(asked(), |t| wire::PathOp {
        directory: t.add("/d"),
        path: t.add("link"),
        other: t.add(".././x//y"),
        ..operation(FileOperation::SYMLINK, 0)
    });
    let seen = stage.only::<event::FileSymlink>();
    assert_eq!(seen.text(seen.body.path), Some("/d/link"));
    assert_eq!(seen.text(seen.body.target), Some(".././x//y"));
}

#[test]
fn an_attempt_waits_for_its_outcome() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::PathOp {
        inode: 7,
        mode: Mode(0o600),
        mode_old: Mode(0o644),
        path: t.add("/f"),
        ..waiting(FileOperation::MODE)
    });
    assert!(stage.out.is_empty());
    let outcome = |result| wire::Outcome {
        operation: FileOperation::MODE,
        result: Errno(result),
        ..wire::Outcome::ABSENT
    };
    stage.take(none(), |_| outcome(1));
    let seen = stage.only::<event::FileMode>();
    assert_eq!(
        (seen.result, seen.body.mode, seen.body.mode_old),
        (Errno(1), Mode(0o600), Mode(0o644))
    );
    assert_eq!(seen.text(seen.body.path), Some("/f"));
    stage.take(none(), |_| outcome(0));
    assert_eq!(stage.out.len(), 1, "an outcome without an attempt is nothing");
}

#[test]
fn a_failure_that_nobody_refused_was_never_seen() {
    let mut stage = Stage::new();
    stage.health.set_seen(Class::FILE, 1);
    stage.take(none(), |_| waiting(FileOperation::MKDIR));
    stage.take(none(), |_| wire::Outcome {
        operation: FileOperation::MKDIR,
        result: Errno(17),
        ..wire::Outcome::ABSENT
    });
    assert!(stage.out.is_empty());
    assert_eq!(stage.file().seen, 0);
}

#[test]
fn an_attempt_without_outcome_is_told_as_unknown() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::Mount {
        operation: FileOperation::MOUNT,
        path: t.add("/mnt"),
        source: t.add("proc"),
        filesystem: t.add("proc"),
        ..wire::Mount::ABSENT
    });
    stage.assemble.tick(1000, &mut stage.out);
    assert!(stage.out.is_empty());
    stage.assemble.tick(3_000_000_000, &mut stage.out);
    let seen = stage.only::<event::Mount>();
    assert_eq!(seen.text(seen.body.device_name), Some("proc"));
    assert_eq!(seen.text(seen.body.call), Some("mount"));
    assert!(seen.has(EventFlags::RESULT_UNKNOWN) && seen.result == Errno::ABSENT);
}

#[test]
fn a_second_try_of_the_kernel_is_one_attempt() {
    let mut stage = Stage::new();
    stage.health.set_seen(Class::FILE, 2);
    for _ in 0..2 {
        stage.take(none(), |t| wire::PathOp {
            path: t.add("/nfs/x"),
            ..waiting(FileOperation::UNLINK)
        });
    }
    stage.take(none(), |_| wire::Outcome {
        operation: FileOperation::UNLINK,
        result: Errno(0),
        ..wire::Outcome::ABSENT
    });
    assert_eq!((stage.out.len(), stage.file().seen), (1, 1));
}

#[test]
fn an_attribute_says_which_and_how() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::PathOp {
        path: t.add("/f"),
        attribute: t.add("system.posix_acl_access"),
        ..operation(FileOperation::REMOVE_ATTRIBUTE, 0)
    });
    let seen = stage.only::<event::FileAttribute>();
    assert_eq!(seen.text(seen.body.attribute), Some("system.posix_acl_access"));
    assert_eq!(seen.body.operation, AttributeOperation::REMOVE);
}

fn written(writer: ProcessKey, opener: ProcessKey) -> wire::Write {
    wire::Write {
        file: 0xf11e,
        opened: BootTime(10),
        inode: 9,
        device: Device(8),
        size: 3,
        writer,
        opener,
        writer_tid: 77,
        ..wire::Write::ABSENT
    }
}

#[test]
fn a_write_names_only_who_differs() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::Write { path: t.add("/w"), ..written(ME, ME) });
    let seen = stage.only::<event::FileWrite>();
    assert_eq!((seen.body.opener, seen.body.closer), (ProcessKey::ABSENT, ProcessKey::ABSENT));
    assert_eq!((seen.process, seen.tid), (ME, 77));

    let mut stage = Stage::new();
    stage.take(none(), |t| wire::Write { path: t.add("/w"), ..written(HIM, ME) });
    let seen = stage.only::<event::FileWrite>();
    assert_eq!((seen.process, seen.body.opener, seen.body.closer), (HIM, ME, ME));
}

#[test]
fn a_swept_write_has_the_path_of_its_first_change() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::Dirty {
        file: 0xf11e,
        opened: BootTime(10),
        path: t.add("/was/here"),
        ..wire::Dirty::ABSENT
    });
    stage.take(EventFlags::SWEPT, |_| written(HIM, HIM));
    let seen = stage.only::<event::FileWrite>();
    assert_eq!(seen.text(seen.body.path), Some("/was/here"));
    assert_eq!((seen.process, seen.body.closer), (HIM, ProcessKey::ABSENT));

    stage.out.clear();
    stage.take(EventFlags::SWEPT, |_| written(HIM, HIM));
    let seen = stage.only::<event::FileWrite>();
    assert!(seen.has(EventFlags::PATH_UNKNOWN), "an ended open is forgotten");
}

#[test]
fn a_write_that_goes_on_keeps_its_path() {
    let mut stage = Stage::new();
    stage.take(none(), |t| wire::Create {
        file: 0xf11e,
        opened: BootTime(10),
        path: t.add("/made"),
        ..wire::Create::ABSENT
    });
    stage.out.clear();
    stage
        .take(EventFlags::STILL_OPEN, |t| wire::Write { path: t.add("/moved"), ..written(ME, ME) });
    stage.out.clear();
    stage.take(EventFlags::SWEPT, |_| written(ME, ME));
    let seen = stage.only::<event::FileWrite>();
    assert_eq!(seen.text(seen.body.path), Some("/moved"), "the newest path it was seen at");
}

#[test]
fn a_nameless_file_comes_into_being_with_its_first_name() {
    let mut stage = Stage::new();
    stage.take(EventFlags::TMPFILE, |t| wire::PathOp {
        inode: 9,
        device: Device(8),
        path: t.add("/named"),
        other: t.add("/proc/self/fd/3"),
        ..operation(FileOperation::LINK, 0)
    });
    let seen = stage.only::<event::FileCreate>();
    assert_eq!(seen.text(seen.body.path), Some("/named"));
    stage.out.clear();
    let flags = EventFlags(EventFlags::TMPFILE.0 | EventFlags::DELETED.0);
    stage.take(flags, |t| wire::Write { path: t.add("/#9"), ..written(ME, ME) });
    let seen = stage.only::<event::FileWrite>();
    assert_eq!(seen.text(seen.body.path), Some("/named"));
    assert!(!seen.has(EventFlags::DELETED));
}

#[test]
fn more_open_files_than_are_remembered_lose_only_the_oldest_path() {
    let mut stage = Stage::new();
    let opens = u64::try_from(common::limits::OPEN_PATHS_MAX).unwrap() + 1;
    for n in 0..opens {
        stage.take(none(), |t| wire::Dirty {
            file: n,
            opened: BootTime(1),
            path: t.add("/p"),
            ..wire::Dirty::ABSENT
        });
    }
    let mut known = |file| {
        stage.out.clear();
        let body = wire::Write { file, opened: BootTime(1), ..written(ME, ME) };
        stage.take(EventFlags::SWEPT, |_| body);
        !stage.only::<event::FileWrite>().has(EventFlags::PATH_UNKNOWN)
    };
    assert_eq!((known(0), known(1), known(opens - 1)), (false, true, true));
}
