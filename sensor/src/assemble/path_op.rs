// SPDX-License-Identifier: Apache-2.0
//! One wire record for all operations on names and inodes; one event kind for each.
use crate::assemble::path::join;
use crate::event::{Drafts, Moment, Who};
use common::event;
use common::names::{AttributeOperation, EventFlags, FileOperation};
use common::value::{Device, Pad4, Typed};
use common::wire::{Mount, PathOp, Record};

/// What the flags of an inode (immutable, append-only, …) are called: they are no extended
/// attribute and have no name of their own.
const INODE_FLAGS: &[u8] = b"inode.flags";

/// The texts of one record, wherever they are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a> {
    /// Directory of `path`.
    pub directory: Option<&'a [u8]>,
    /// The name operated on.
    pub path: Option<&'a [u8]>,
    /// Directory of `other`.
    pub directory_other: Option<&'a [u8]>,
    /// The old name, the existing name, the target.
    pub other: Option<&'a [u8]>,
    /// Name of an attribute, or kind of a file system.
    pub word: Option<&'a [u8]>,
}

impl<'a> Texts<'a> {
    /// Those of a `path_op` record.
    pub fn of_operation(record: &Record<'a>, body: &PathOp) -> Texts<'a> {
        Texts {
            directory: record.text(body.directory.0),
            path: record.text(body.path.0),
            directory_other: record.text(body.directory_other.0),
            other: record.text(body.other.0),
            word: record.text(body.attribute.0),
        }
    }

    /// Those of a `mount` record.
    pub fn of_mount(record: &Record<'a>, body: &Mount) -> Texts<'a> {
        Texts {
            directory: record.text(body.directory.0),
            path: record.text(body.path.0),
            directory_other: record.text(body.directory_source.0),
            other: record.text(body.source.0),
            word: record.text(body.filesystem.0),
        }
    }
}

/// Joined paths; the memory is used again for the next event.
#[derive(Debug, Default)]
pub struct Joiner {
    path: Vec<u8>,
    other: Vec<u8>,
}

/// Where an operation happened, ready to be said.
struct Place<'a> {
    path: Option<&'a [u8]>,
    other: Option<&'a [u8]>,
    word: Option<&'a [u8]>,
}

impl Joiner {
    /// Joins both paths; what cannot be placed is flagged. A symlink's target is only text.
    fn place<'a>(&'a mut self, texts: Texts<'a>, target: bool, at: &mut Moment) -> Place<'a> {
        let whole = at.flags.0 & EventFlags::AS_ASKED.0 == 0;
        let join_one =
            |directory: Option<&[u8]>, text: Option<&'a [u8]>, into: &'a mut Vec<u8>| match text {
                Some(text) if whole && directory.is_none() => (Some(text), true),
                Some(text) => {
                    let known = join(directory, text, into);
                    (Some(into.as_slice()), known)
                }
                None => (None, true),
            };
        let (path, known) = join_one(texts.directory, texts.path, &mut self.path);
        let (other, other_known) = if target {
            (texts.other, true)
        } else {
            join_one(texts.directory_other, texts.other, &mut self.other)
        };
        if !known || !other_known {
            at.flags.0 |= EventFlags::PATH_UNKNOWN.0;
        }
        Place { path, other, word: texts.word }
    }

    /// Says a path operation whose outcome stands in `at.result`.
    pub fn operation(
        &mut self,
        who: &Who,
        mut at: Moment,
        body: &PathOp,
        texts: Texts<'_>,
        out: &mut Drafts,
    ) {
        let place = self.place(texts, body.operation == FileOperation::SYMLINK, &mut at);
        match body.operation {
            FileOperation::MODE
            | FileOperation::OWNER
            | FileOperation::TRUNCATE
            | FileOperation::SET_ATTRIBUTE
            | FileOperation::REMOVE_ATTRIBUTE
            | FileOperation::SET_FLAGS => inode_changed(who, at, body, &place, out),
            _ => name_changed(who, at, body, &place, out),
        }
    }

    /// Says a change of the mount tree.
    pub fn mount(
        &mut self,
        who: &Who,
        mut at: Moment,
        body: &Mount,
        texts: Texts<'_>,
        out: &mut Drafts,
    ) {
        // What is mounted by `mount` may be a word like "proc": only the calls that move trees
        // name it by a path.
        let word = body.operation == FileOperation::MOUNT;
        let place = self.place(texts, word, &mut at);
        if body.operation == FileOperation::UMOUNT {
            out.push(who, at, |tail| event::Unmount {
                flags: body.flags,
                path: tail.maybe(place.path),
                reserved: Pad4::ABSENT,
            });
            return;
        }
        out.push(who, at, |tail| event::Mount {
            flags: body.flags,
            path: tail.maybe(place.path),
            device_name: tail.maybe(place.other),
            filesystem: tail.maybe(place.word),
            call: tail.maybe(name_of(body.operation)),
        });
    }
}

fn name_of(operation: FileOperation) -> Option<&'static [u8]> {
    let row = FileOperation::NAMES.iter().find(|(id, _)| *id == u64::from(operation.0))?;
    Some(row.1.as_bytes())
}

fn name_changed(who: &Who, at: Moment, body: &PathOp, place: &Place<'_>, out: &mut Drafts) {
    let (inode, device, mode) = (body.inode, body.device, body.mode);
    match body.operation {
        FileOperation::RENAME => out.push(who, at, |tail| event::FileRename {
            inode,
            replaced_inode: body.replaced_inode,
            device,
            path: tail.maybe(place.path),
            path_old: tail.maybe(place.other),
            replaced_mode: body.replaced_mode,
        }),
        FileOperation::UNLINK => out.push(who, at, |tail| event::FileDelete {
            inode,
            device,
            links: if at.result.0 == 0 { links_left(body.links) } else { body.links },
            path: tail.maybe(place.path),
            mode,
        }),
        FileOperation::RMDIR => out.push(who, at, |tail| event::FileRmdir {
            inode,
            device,
            path: tail.maybe(place.path),
        }),
        FileOperation::MKDIR => out.push(who, at, |tail| event::FileMkdir {
            inode,
            device,
            path: tail.maybe(place.path),
            mode,
            reserved: Pad4::ABSENT,
        }),
        FileOperation::SYMLINK => out.push(who, at, |tail| event::FileSymlink {
            inode,
            device,
            path: tail.maybe(place.path),
            target: tail.maybe(place.other),
            reserved: Pad4::ABSENT,
        }),
        // The first name of a file made without one is how it came into being.
        FileOperation::LINK if at.flags.0 & EventFlags::TMPFILE.0 == 0 => {
            out.push(who, at, |tail| event::FileLink {
                inode,
                device,
                path: tail.maybe(place.path),
                target: tail.maybe(place.other),
                reserved: Pad4::ABSENT,
            });
        }
        _ => out.push(who, at, |tail| event::FileCreate {
            inode,
            device,
            mode,
            path: tail.maybe(place.path),
            reserved: Pad4::ABSENT,
        }),
    }
}

/// Names left after one was removed; absent stays absent.
fn links_left(before: u32) -> u32 {
    if before == u32::MAX { before } else { before.saturating_sub(1) }
}

fn inode_changed(who: &Who, at: Moment, body: &PathOp, place: &Place<'_>, out: &mut Drafts) {
    let (inode, device): (u64, Device) = (body.inode, body.device);
    match body.operation {
        FileOperation::MODE => out.push(who, at, |tail| event::FileMode {
            inode,
            device,
            path: tail.maybe(place.path),
            mode: body.mode,
            mode_old: body.mode_old,
        }),
        FileOperation::OWNER => out.push(who, at, |tail| event::FileOwner {
            inode,
            device,
            path: tail.maybe(place.path),
            uid: body.uid,
            gid: body.gid,
            uid_old: body.uid_old,
            gid_old: body.gid_old,
        }),
        FileOperation::TRUNCATE => out.push(who, at, |tail| event::FileTruncate {
            inode,
            size: body.size,
            size_old: body.size_old,
            device,
            path: tail.maybe(place.path),
        }),
        _ => out.push(who, at, |tail| event::FileAttribute {
            inode,
            device,
            path: tail.maybe(place.path),
            attribute: if body.operation == FileOperation::SET_FLAGS {
                tail.text(INODE_FLAGS)
            } else {
                tail.maybe(place.word)
            },
            operation: if body.operation == FileOperation::REMOVE_ATTRIBUTE {
                AttributeOperation::REMOVE
            } else {
                AttributeOperation::SET
            },
        }),
    }
}
