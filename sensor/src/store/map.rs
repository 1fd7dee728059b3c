// SPDX-License-Identifier: Apache-2.0
//! The one place where the store touches memory that the compiler cannot vouch for: opening the
//! memory-mapped tables. Everything else goes through `heed`'s safe transactions.
//!
//! The journal is not mapped: it is read with `pread` into memory of our own, so that a writer
//! that overwrites it, or someone who truncates it, can spoil a checksum but never a reference.
#![allow(unsafe_code, reason = "mapping a file is unsafe by nature; see the argument below")]
use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// An open set of tables; the last owner closes it.
pub type Map = Arc<Env<WithoutTls>>;

/// LMDB forbids to open one file twice in a process, so that all parts of one share.
static OPEN: Mutex<Vec<(PathBuf, Weak<Env<WithoutTls>>)>> = Mutex::new(Vec::new());

/// Most readers at one time, over all processes.
const READERS_MAX: u32 = 250;
/// Tables there can be: today's and those FORMAT.md keeps room for.
const TABLES_MAX: u32 = 16;

/// Opens the tables under `dir`, or shares them when this process has them open.
///
/// `size` is the most the file may ever grow to, bytes; `None` opens for reading only.
pub fn open(dir: &Path, size: Option<usize>) -> heed::Result<Map> {
    let path = dir.canonicalize()?;
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|(_, map)| map.strong_count() > 0);
    let shared = open.iter().find(|(known, _)| *known == path);
    if let Some(map) = shared.and_then(|(_, map)| map.upgrade()) {
        return Ok(map);
    }
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.max_dbs(TABLES_MAX).max_readers(READERS_MAX);
    match size {
        Some(size) => {
            options.map_size(size);
        }
        None => {
            // SAFETY: READ_ONLY weakens no guarantee; the unsafe flags (NO_SYNC, WRITE_MAP,
            // MAP_ASYNC, NO_LOCK) are never set anywhere in this program.
            unsafe { options.flags(EnvFlags::READ_ONLY) };
        }
    }
    // SAFETY: the map is undefined only when the file changes other than through LMDB. Writers
    // are kept apart by the store's own lock file and LMDB's; LMDB's lock table is in use
    // (NO_LOCK is not set); the file is private to its owner, mode 0600; and this process opens
    // it once at a time, which the list above sees to.
    let env = unsafe { options.open(&path) }?;
    let map = Arc::new(env);
    open.push((path, Arc::downgrade(&map)));
    Ok(map)
}
