// SPDX-License-Identifier: Apache-2.0
//! The store: a journal of the newest rows, sealed column blocks in LMDB, one writer, any readers.
//!
//! It takes rows described by `common`'s field tables and knows no kind by name, so a new kind
//! needs no change here. `FORMAT.md` beside this file draws the bytes. What it refuses to do: wait
//! on a disk while appending, write through a mapping, use a sequence number twice, or guess.
#![deny(clippy::host_endian_bytes)]
use common::event::{Context, Head, Kind};
use std::fmt;
use std::path::{Path, PathBuf};

mod block;
mod journal;
mod layout;
mod map;
mod number;
mod read;
mod retention;
mod tables;
mod verify;
mod write;

pub use read::{KindSet, Overview, ProcessEntry, Reader, Scan, ScanReport};
pub use tables::Pruned;
pub use verify::{Problem, Report, verify};
pub use write::{Hashes, Options, Recovered, Refused, State, Stats, Watch, Writer};

/// A context as a row refers to it.
#[derive(Clone, Copy, Debug)]
pub struct ContextRef<'a> {
    /// Names this content: within one writer's life the same id always means the same bytes.
    /// From a reader it is unique within one scan only.
    pub id: u64,
    /// Fixed part.
    pub fixed: &'a Context,
    /// Its texts.
    pub tail: &'a [u8],
}

/// One event, as bytes that `common` describes.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Fixed head. On the way in, `sequence` and `kind` are ignored: the store fills them.
    pub head: Head,
    /// Who did it.
    pub context: ContextRef<'a>,
    /// What happened.
    pub kind: Kind,
    /// The kind's body; starts at an 8-byte boundary when it comes from a reader.
    pub body: &'a [u8],
    /// Its texts. Read back, they are in field order and without bytes that no span names.
    pub tail: &'a [u8],
}

/// Which content of which file a hash belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// Device number.
    pub device: u32,
    /// Inode.
    pub inode: u64,
    /// Last change of content, nanoseconds since 1970.
    pub mtime_ns: u64,
    /// Last change of the inode, nanoseconds since 1970.
    pub ctime_ns: u64,
    /// Size, bytes.
    pub size: u64,
}

impl FileIdentity {
    fn key(&self) -> [u8; 36] {
        let mut key = [0; 36];
        key[..4].copy_from_slice(&self.device.to_be_bytes());
        let words = [self.inode, self.mtime_ns, self.ctime_ns, self.size];
        for (place, word) in key[4..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        key
    }
}

/// Why a store cannot be used. Every variant names the place.
#[derive(Debug)]
pub enum StoreError {
    /// Another process writes to it.
    Busy {
        /// The store.
        path: PathBuf,
        /// That process, as it wrote it into the lock file.
        pid: Option<u32>,
    },
    /// There is no store there.
    NoStore {
        /// Where.
        path: PathBuf,
    },
    /// It is a store of another format.
    Format {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format this build reads.
        known: u32,
    },
    /// A file could not be read, written or made.
    File {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        why: std::io::Error,
    },
    /// LMDB refused.
    Tables {
        /// The store.
        path: PathBuf,
        /// What it said.
        why: String,
    },
    /// Bytes that do not say what they should.
    Damaged {
        /// The file and the place in it.
        place: String,
        /// The check that failed.
        why: &'static str,
    },
    /// The last events could not be written before the stop.
    Unsaved {
        /// The store.
        path: PathBuf,
        /// How many.
        events: u64,
        /// Why.
        why: String,
    },
}

impl StoreError {
    fn file(path: &Path, doing: &'static str, why: std::io::Error) -> StoreError {
        StoreError::File { path: path.to_path_buf(), doing, why }
    }

    fn tables(path: &Path, why: &heed::Error) -> StoreError {
        StoreError::Tables { path: path.to_path_buf(), why: why.to_string() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Busy { path, pid: Some(pid) } => {
                write!(f, "{}: process {pid} is writing to this store", path.display())
            }
            StoreError::Busy { path, pid: None } => {
                write!(f, "{}: another process is writing to this store", path.display())
            }
            StoreError::NoStore { path } => write!(f, "{}: no store here", path.display()),
            StoreError::Format { path, found, known } => {
                let path = path.display();
                write!(f, "{path}: store format {found}, this build reads format {known}")
            }
            StoreError::File { path, doing, why } => {
                write!(f, "{}: cannot {doing}: {why}", path.display())
            }
            StoreError::Tables { path, why } => write!(f, "{}: {why}", path.display()),
            StoreError::Damaged { place, why } => write!(f, "{place}: {why}"),
            StoreError::Unsaved { path, events, why } => {
                let path = path.display();
                write!(f, "{path}: the last {events} events could not be written: {why}")
            }
        }
    }
}

impl std::error::Error for StoreError {}
