// SPDX-License-Identifier: Apache-2.0
//! What became of an open: a creation, and at the last close what was written.
//!
//! A file that is closed by something else than its last `close` (exit, exec, `close_range`,
//! `dup2`, a socket) is found dead by the sweep, which has no path any more: the path of its
//! creation or first change is remembered here until then.
use crate::event::{Draft, Drafts, Moment, Who};
use common::event::{self, Kind};
use common::limits;
use common::names::EventFlags;
use common::record::text;
use common::value::{BootTime, Pad4, ProcessKey, Typed};
use common::wire::{Create, Dirty, Record, Write};
use std::collections::HashMap;
use zerocopy::FromBytes;

/// An open: the address of its `struct file` and when.
type Open = (u64, u64);

/// Paths of opens that are not closed yet, and names given to nameless files.
#[derive(Debug, Default)]
pub struct Writes {
    paths: Paths,
    linked: Linked,
}

impl Writes {
    /// A `create` record.
    pub fn create(&mut self, record: &Record<'_>, body: &Create, out: &mut Drafts) {
        let path = record.text(body.path.0);
        if let Some(path) = path {
            self.paths.keep((body.file, body.opened.0), path);
        }
        let header = record.header;
        out.push(&Who::Header(*header), Moment::of(header), |tail| event::FileCreate {
            inode: body.inode,
            device: body.device,
            mode: body.mode,
            path: tail.maybe(path),
            reserved: Pad4::ABSENT,
        });
    }

    /// A `dirty` record.
    pub fn dirty(&mut self, record: &Record<'_>, body: &Dirty) {
        if let Some(path) = record.text(body.path.0) {
            self.paths.keep((body.file, body.opened.0), path);
        }
    }

    /// A nameless file got its first name: what is written to it later was written there.
    pub fn remember_name(&mut self, draft: &Draft<'_>) {
        let nameless = draft.at.flags.0 & EventFlags::TMPFILE.0 != 0 && draft.at.result.0 == 0;
        if draft.kind != Kind::FileCreate || !nameless {
            return;
        }
        if let Ok(body) = event::FileCreate::ref_from_bytes(draft.body)
            && let Some(path) = text(draft.tail, body.path.0)
        {
            self.linked.keep((body.device.0, body.inode), path);
        }
    }

    /// A `write` record.
    pub fn write(&mut self, record: &Record<'_>, body: &Write, out: &mut Drafts) {
        let header = record.header;
        let mut at = Moment { tid: body.writer_tid, ..Moment::of(header) };
        let has = |flag: EventFlags| header.flags & flag.0 != 0;
        let by_recorder = has(EventFlags::SWEPT) || has(EventFlags::STILL_OPEN);
        let closer = if by_recorder { ProcessKey::ABSENT } else { header.process };
        let who = if !by_recorder && header.process == body.writer {
            Who::Header(*header)
        } else {
            Who::Process(body.writer)
        };
        let open = (body.file, body.opened.0);
        let mut path = record.text(body.path.0).or_else(|| self.paths.get(open));
        if has(EventFlags::TMPFILE)
            && let Some(name) = self.linked.get((body.device.0, body.inode))
        {
            path = Some(name);
            at.flags.0 &= !EventFlags::DELETED.0;
        }
        if path.is_none() {
            at.flags.0 |= EventFlags::PATH_UNKNOWN.0;
        }
        let other = |key: ProcessKey| if key == body.writer { ProcessKey::ABSENT } else { key };
        out.push(&who, at, |tail| event::FileWrite {
            inode: body.inode,
            size: body.size,
            mtime: body.mtime,
            first_change: BootTime(body.first_change.0),
            opener: other(body.opener),
            closer: other(closer),
            device: body.device,
            path: tail.maybe(path),
        });
        if has(EventFlags::STILL_OPEN)
            && let Some(path) = record.text(body.path.0)
        {
            self.paths.keep(open, path);
        } else if !has(EventFlags::MAYBE) {
            self.paths.forget(open);
        }
    }
}

/// The newest paths by open, in a ring of slots whose memory is used again.
#[derive(Debug, Default)]
struct Paths {
    slots: Vec<Slot>,
    by_open: HashMap<Open, usize>,
    next: usize,
}

#[derive(Debug)]
struct Slot {
    open: Open,
    path: Vec<u8>,
}

impl Paths {
    fn keep(&mut self, open: Open, path: &[u8]) {
        let at = match self.by_open.get(&open) {
            Some(at) => *at,
            None => self.take_slot(open),
        };
        if let Some(slot) = self.slots.get_mut(at) {
            slot.open = open;
            slot.path.clear();
            slot.path.extend_from_slice(path);
            self.by_open.insert(open, at);
        }
    }

    /// The oldest slot, whoever has it.
    fn take_slot(&mut self, open: Open) -> usize {
        let at = self.next;
        self.next = (self.next + 1) % limits::OPEN_PATHS_MAX;
        match self.slots.get(at) {
            Some(slot) => {
                if self.by_open.get(&slot.open) == Some(&at) {
                    self.by_open.remove(&slot.open);
                }
            }
            None => self.slots.push(Slot { open, path: Vec::new() }),
        }
        at
    }

    fn get(&self, open: Open) -> Option<&[u8]> {
        Some(&self.slots.get(*self.by_open.get(&open)?)?.path)
    }

    fn forget(&mut self, open: Open) {
        self.by_open.remove(&open);
    }
}

/// The last few names given to nameless files, by device and inode.
#[derive(Debug, Default)]
struct Linked {
    names: Vec<((u32, u64), Vec<u8>)>,
    next: usize,
}

impl Linked {
    fn keep(&mut self, file: (u32, u64), path: &[u8]) {
        self.names.retain(|(known, _)| *known != file);
        if self.names.len() < limits::LINKED_NAMES_MAX {
            self.names.push((file, path.to_vec()));
            return;
        }
        self.next = (self.next + 1) % limits::LINKED_NAMES_MAX;
        if let Some(slot) = self.names.get_mut(self.next) {
            *slot = (file, path.to_vec());
        }
    }

    fn get(&self, file: (u32, u64)) -> Option<&[u8]> {
        self.names.iter().find(|(known, _)| *known == file).map(|(_, path)| path.as_slice())
    }
}
