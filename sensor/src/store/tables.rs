// SPDX-License-Identifier: Apache-2.0
//! The LMDB tables: names, keys, and the shapes of what is in them. FORMAT.md draws the keys.
use super::map::{self, Map};
use super::number::Broken;
use super::{FileIdentity, StoreError};
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, RoTxn, RwTxn, WithoutTls};
use rkyv::rancor::Error as RkyvError;
use rkyv::{Archive, Deserialize, Serialize};
use std::path::Path;

/// Version of the whole format; another one is refused by name.
pub const FORMAT: u32 = 1;

type Table = Database<'static, Bytes, Bytes>;

/// What readers know of a block without unpacking it.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Sequence of the first event; the others follow densely.
    pub first_sequence: u64,
    /// Journal generation.
    pub generation: u64,
    /// Events.
    pub events: u32,
    /// Contexts the block is the first of its segment to use.
    pub contexts: u32,
    /// Earliest wall clock, nanoseconds.
    pub min_time: u64,
    /// Latest wall clock, nanoseconds.
    pub max_time: u64,
    /// Earliest process start among its new contexts, nanoseconds since boot.
    pub min_start: u64,
    /// Latest process start among its new contexts.
    pub max_start: u64,
    /// Events by kind, in order of the kind's id.
    pub kinds: Vec<(u32, u32)>,
}

impl Summary {
    /// Sequence after the last event.
    pub fn end(&self) -> u64 {
        self.first_sequence.saturating_add(u64::from(self.events))
    }
}

/// What the writer must know when it opens the store.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Events below this sequence are in blocks, or were pruned, or never existed.
    pub sealed_to: u64,
    /// Sequence after the last event there ever was; smaller than `sealed_to` in a gap.
    pub last_end: u64,
    /// Journal generations up to this one are in blocks.
    pub generation: u64,
    /// Segment number for the next writer.
    pub next_segment: u32,
    /// Time of the last sealed event, nanoseconds since 1970.
    pub last_time: u64,
    /// Set by an orderly stop, cleared by the next start.
    pub clean: bool,
    /// Events in all blocks.
    pub events: u64,
    /// Bytes of all blocks.
    pub block_bytes: u64,
}

/// How far retention has come.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Events that were removed for age or size, ever.
    pub events: u64,
    /// The last of them.
    pub through_sequence: u64,
    /// Its time, nanoseconds since 1970.
    pub through_time_ns: u64,
}

/// Numbers that were never given, after an unclean stop.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First number never given (or given and lost before it was durable).
    pub from: u64,
    /// First number after it.
    pub to: u64,
}

/// The open tables.
#[derive(Clone)]
pub struct Tables {
    map: Map,
    block: Table,
    summary: Table,
    hash: Table,
    gap: Table,
    meta: Table,
}

const NAMES: [&str; 5] = ["block", "summary", "hash", "gap", "meta"];
const META_FORMAT: &[u8] = b"format";
const META_PROGRESS: &[u8] = b"progress";
const META_PRUNED: &[u8] = b"pruned";

/// Most hashes kept; beyond that the table starts over (they are a cache of what files are).
const HASHES_MAX: u64 = 100_000;

/// Key of a block: segment and place, big-endian, so that LMDB's order is the order of time.
pub type BlockKey = [u8; 6];

/// Makes the key of a block.
pub fn block_key(segment: u32, index: u16) -> BlockKey {
    let ([a, b, c, d], [e, f]) = (segment.to_be_bytes(), index.to_be_bytes());
    [a, b, c, d, e, f]
}

/// The inverse of [`block_key`].
pub fn split_key(key: &[u8]) -> Result<(u32, u16), Broken> {
    let [a, b, c, d, e, f] =
        BlockKey::try_from(key).map_err(|_| Broken("a block's key has the wrong length"))?;
    Ok((u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f])))
}

macro_rules! archived {
    ($($ty:ty, $read:ident, $write:ident;)+) => { $(
        /// Reads what the function below wrote.
        pub fn $read(bytes: &[u8]) -> Result<$ty, Broken> {
            rkyv::from_bytes::<$ty, RkyvError>(bytes)
                .map_err(|_| Broken("a table's entry has the wrong shape"))
        }
        /// Bytes for a table.
        pub fn $write(value: &$ty) -> Result<rkyv::util::AlignedVec, Broken> {
            rkyv::to_bytes::<RkyvError>(value).map_err(|_| Broken("no memory for a table's entry"))
        }
    )+ };
}
archived! {
    Summary, read_summary, write_summary;
    Progress, read_progress, write_progress;
    Pruned, read_pruned, write_pruned;
    Gap, read_gap, write_gap;
}

impl Tables {
    /// Opens the tables for writing and makes what is missing.
    ///
    /// # Errors
    /// [`StoreError::Format`] for another format's store, else what LMDB says.
    pub fn create(dir: &Path, size: usize) -> Result<Tables, StoreError> {
        let failed = |why| StoreError::tables(dir, &why);
        let map = map::open(dir, Some(size)).map_err(failed)?;
        let stale = map.clear_stale_readers();
        stale.map_err(failed)?;
        let txn = map.write_txn().map_err(failed)?;
        let made = map.create_databases_and_commit(txn, |maker, txn| {
            let [block, summary, hash, gap, meta] = NAMES.map(Some);
            let tables = (
                maker.create_database::<Bytes, Bytes>(txn, block)?,
                maker.create_database::<Bytes, Bytes>(txn, summary)?,
                maker.create_database::<Bytes, Bytes>(txn, hash)?,
                maker.create_database::<Bytes, Bytes>(txn, gap)?,
                maker.create_database::<Bytes, Bytes>(txn, meta)?,
            );
            if tables.4.get(txn, META_FORMAT)?.is_none() {
                tables.4.put(txn, META_FORMAT, &FORMAT.to_le_bytes())?;
            }
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(tables))
        });
        let (block, summary, hash, gap, meta) = made.map_err(failed)?.unwrap_commit();
        let tables = Tables { map, block, summary, hash, gap, meta };
        tables.check_format(dir)?;
        Ok(tables)
    }

    /// Opens the tables for reading.
    ///
    /// # Errors
    /// As [`Tables::create`]; a store that was never begun is an error here.
    pub fn open(dir: &Path) -> Result<Tables, StoreError> {
        let failed = |why| StoreError::tables(dir, &why);
        let map = map::open(dir, None).map_err(failed)?;
        let txn = map.read_txn().map_err(failed)?;
        let made = map.open_databases_and_commit(txn, |opener, txn| {
            let open = |name| opener.open_database::<Bytes, Bytes>(txn, Some(name));
            let [block, summary, hash, gap, meta] = NAMES;
            let found = (open(block)?, open(summary)?, open(hash)?, open(gap)?, open(meta)?);
            Ok::<_, heed::Error>(match found {
                (Some(a), Some(b), Some(c), Some(d), Some(e)) => {
                    CommitOrAbort::Commit((a, b, c, d, e))
                }
                _ => CommitOrAbort::Abort(()),
            })
        });
        let Some((block, summary, hash, gap, meta)) = made.map_err(failed)?.commit() else {
            return Err(StoreError::NoStore { path: dir.to_path_buf() });
        };
        let tables = Tables { map, block, summary, hash, gap, meta };
        tables.check_format(dir)?;
        Ok(tables)
    }

    fn check_format(&self, dir: &Path) -> Result<(), StoreError> {
        let failed = |why| StoreError::tables(dir, &why);
        let txn = self.map.read_txn().map_err(failed)?;
        let bytes = self.meta.get(&txn, META_FORMAT).map_err(failed)?;
        let found = bytes.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        match found {
            Some(FORMAT) => Ok(()),
            found => Err(StoreError::Format {
                path: dir.to_path_buf(),
                found: found.unwrap_or(0),
                known: FORMAT,
            }),
        }
    }

    /// Begins to read; keep it under two seconds, LMDB cannot reuse pages meanwhile.
    pub fn read(&self) -> heed::Result<RoTxn<'_, WithoutTls>> {
        self.map.read_txn()
    }

    /// Begins to write; only the store's own writer may.
    pub fn write(&self) -> heed::Result<RwTxn<'_>> {
        self.map.write_txn()
    }

    /// A block's bytes.
    pub fn block<'t>(&self, txn: &'t RoTxn<'_>, key: &BlockKey) -> heed::Result<Option<&'t [u8]>> {
        self.block.get(txn, key)
    }

    /// Adds a block at the end.
    pub fn put_block(
        &self,
        txn: &mut RwTxn<'_>,
        key: &BlockKey,
        bytes: &[u8],
        summary: &Summary,
    ) -> heed::Result<()> {
        let summary = write_summary(summary).map_err(encoding)?;
        self.block.put(txn, key, bytes)?;
        self.summary.put(txn, key, &summary)
    }

    /// The first or last summary.
    pub fn edge<'t>(
        &self,
        txn: &'t RoTxn<'_>,
        last: bool,
    ) -> heed::Result<Option<(&'t [u8], &'t [u8])>> {
        if last { self.summary.last(txn) } else { self.summary.first(txn) }
    }

    /// The summary after (or before) a key.
    pub fn neighbour<'t>(
        &self,
        txn: &'t RoTxn<'_>,
        key: &BlockKey,
        backwards: bool,
    ) -> heed::Result<Option<(&'t [u8], &'t [u8])>> {
        if backwards {
            self.summary.get_lower_than(txn, key)
        } else {
            self.summary.get_greater_than(txn, key)
        }
    }

    /// Every summary in order.
    pub fn summaries<'t>(
        &self,
        txn: &'t RoTxn<'_>,
    ) -> heed::Result<impl Iterator<Item = heed::Result<(&'t [u8], &'t [u8])>>> {
        self.summary.iter(txn)
    }

    /// Removes a whole segment.
    pub fn remove_segment(&self, txn: &mut RwTxn<'_>, segment: u32) -> heed::Result<()> {
        let (first, last) = (block_key(segment, 0), block_key(segment, u16::MAX));
        let range = (
            std::ops::Bound::Included(first.as_slice()),
            std::ops::Bound::Included(last.as_slice()),
        );
        self.summary.delete_range(txn, &range)?;
        self.block.delete_range(txn, &range)?;
        Ok(())
    }

    /// Where the writer stands.
    pub fn progress(&self, txn: &RoTxn<'_>) -> heed::Result<Progress> {
        let bytes = self.meta.get(txn, META_PROGRESS)?;
        bytes.map_or(Ok(Progress::default()), |b| read_progress(b).map_err(decoding))
    }

    /// Sets where the writer stands.
    pub fn put_progress(&self, txn: &mut RwTxn<'_>, progress: &Progress) -> heed::Result<()> {
        self.meta.put(txn, META_PROGRESS, &write_progress(progress).map_err(encoding)?)
    }

    /// How far retention has come.
    pub fn pruned(&self, txn: &RoTxn<'_>) -> heed::Result<Option<Pruned>> {
        let bytes = self.meta.get(txn, META_PRUNED)?;
        bytes.map(|b| read_pruned(b).map_err(decoding)).transpose()
    }

    /// Sets how far retention has come.
    pub fn put_pruned(&self, txn: &mut RwTxn<'_>, pruned: &Pruned) -> heed::Result<()> {
        self.meta.put(txn, META_PRUNED, &write_pruned(pruned).map_err(encoding)?)
    }

    /// Declares numbers that no event has.
    pub fn put_gap(&self, txn: &mut RwTxn<'_>, gap: &Gap) -> heed::Result<()> {
        self.gap.put(txn, &gap.from.to_be_bytes(), &write_gap(gap).map_err(encoding)?)
    }

    /// Every declared gap in order.
    pub fn gaps(&self, txn: &RoTxn<'_>) -> heed::Result<Vec<Gap>> {
        let entries = self.gap.iter(txn)?;
        entries
            .map(|entry| entry.and_then(|(_, bytes)| read_gap(bytes).map_err(decoding)))
            .collect()
    }

    /// SHA-256 of a file, by what it was when it was read.
    pub fn hash(&self, txn: &RoTxn<'_>, file: &FileIdentity) -> heed::Result<Option<[u8; 32]>> {
        let bytes = self.hash.get(txn, &file.key())?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
    }

    /// Remembers a hash.
    pub fn put_hash(
        &self,
        txn: &mut RwTxn<'_>,
        file: &FileIdentity,
        hash: &[u8; 32],
    ) -> heed::Result<()> {
        if self.hash.len(txn)? >= HASHES_MAX {
            self.hash.clear(txn)?;
        }
        self.hash.put(txn, &file.key(), hash)
    }

    /// Bytes in use, without what LMDB keeps free for itself.
    pub fn used_bytes(&self, txn: &RoTxn<'_>) -> heed::Result<u64> {
        let mut pages = 0;
        let mut page_size = 4096;
        for table in [self.block, self.summary, self.hash, self.gap, self.meta] {
            let stat = table.stat(txn)?;
            pages += stat.branch_pages + stat.leaf_pages + stat.overflow_pages;
            page_size = u64::from(stat.page_size);
        }
        Ok(u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(page_size))
    }

    /// Most bytes the file may grow to.
    pub fn limit_bytes(&self) -> u64 {
        u64::try_from(self.map.info().map_size).unwrap_or(u64::MAX)
    }
}

fn encoding(why: Broken) -> heed::Error {
    heed::Error::Encoding(why.0.into())
}

fn decoding(why: Broken) -> heed::Error {
    heed::Error::Decoding(why.0.into())
}
