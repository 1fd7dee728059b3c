// SPDX-License-Identifier: Apache-2.0
//! Opening: the lock, the tables, and what a crash left in the journal, sealed before anything new.
use super::commit::Committer;
use super::seal::{SealThread, figures, put_blocks};
use super::shared::Shared;
use super::{Options, Recovered, SKIP, Writer};
use crate::store::StoreError;
use crate::store::block::encoder::{Encoder, RawBlock};
use crate::store::block::seal::{Sealed, Sealer};
use crate::store::journal::{FrameBuilder, JournalFile, JournalView, SLOTS};
use crate::store::number::Broken;
use crate::store::tables::{Gap, Progress, Tables};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Memory of a segment's dictionaries, at most.
const TEXT_BUDGET: usize = 6 << 20;
/// Where "unlimited" ends: address space set aside, not disk.
const UNLIMITED_BYTES: u64 = 1 << 42;
/// Least the tables can work in.
const TABLES_MIN: u64 = 4 << 20;

/// Sizes that follow from the settings.
struct Sizes {
    journal: u64,
    tables: usize,
    text_budget: usize,
}

fn sizes(options: &Options) -> Sizes {
    let limit = if options.max_size_mb == 0 { UNLIMITED_BYTES } else { options.max_size_mb << 20 };
    let journal = (u64::from(options.journal_mb) << 20).min(limit / 8).max(1 << 20);
    // The lock files take a few pages of what the store may have.
    let tables = limit.saturating_sub(journal + (64 << 10)).max(TABLES_MIN) & !0xffff;
    let budget = usize::try_from(tables / 32).unwrap_or(TEXT_BUDGET).clamp(256 << 10, TEXT_BUDGET);
    Sizes { journal, tables: usize::try_from(tables).unwrap_or(usize::MAX), text_budget: budget }
}

/// See [`Writer::open`].
pub fn open(dir: &Path, options: Options) -> Result<(Writer, Recovered), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(dir);
    made.map_err(|why| StoreError::file(dir, "make the store's directory", why))?;
    let lock = take_lock(dir)?;
    let sizes = sizes(&options);
    let new_store = !dir.join("data.mdb").exists();
    let tables = Tables::create(dir, sizes.tables)?;
    let failed = |why| StoreError::tables(dir, &why);
    let before = tables.read().and_then(|txn| tables.progress(&txn)).map_err(failed)?;

    let mut view = JournalView::new(dir);
    view.refresh()?;
    let top = view.top_generation();
    let (blocks, rows) = seal_journal(&view, &before, sizes.text_budget)
        .map_err(|why| StoreError::Damaged { place: dir.display().to_string(), why: why.0 })?;
    let clean = new_store || (before.clean && rows == 0);
    let (progress, next) = settle(&tables, &blocks, &before, clean, top).map_err(failed)?;

    let journal = JournalFile::open(dir, sizes.journal)?;
    let last_sequence = progress.last_end.checked_sub(1);
    let recovered = Recovered {
        clean,
        new_store,
        last_sequence,
        last_time_ns: last_sequence.map(|_| progress.last_time),
        next_sequence: next,
        rows_from_journal: rows,
    };
    let writer = start(dir, options, &sizes, tables, progress, next, journal, lock)?;
    Ok((writer, recovered))
}

/// Writes the recovered blocks and the start of this writer in one transaction.
fn settle(
    tables: &Tables,
    blocks: &[Sealed],
    before: &Progress,
    clean: bool,
    top_generation: u64,
) -> heed::Result<(Progress, u64)> {
    let mut txn = tables.write()?;
    let mut progress = put_blocks(tables, &mut txn, blocks, before)?;
    let mut next = progress.sealed_to;
    if !clean {
        // After an earlier gap without events this is the same gap, only longer.
        next += SKIP;
        tables.put_gap(&mut txn, &Gap { from: progress.last_end, to: next })?;
    }
    // Frames of other generations may still lie in the slots: theirs are never used again.
    progress.generation = progress.generation.max(top_generation) + SLOTS;
    progress.sealed_to = next;
    progress.clean = false;
    tables.put_progress(&mut txn, &progress)?;
    txn.commit()?;
    Ok((progress, next))
}

/// Rows that are in the journal only, as sealed blocks in a segment of their own.
fn seal_journal(
    view: &JournalView,
    before: &Progress,
    text_budget: usize,
) -> Result<(Vec<Sealed>, u64), Broken> {
    let mut encoder = Encoder::new(before.next_segment, text_budget);
    let mut sealer = Sealer::new().map_err(|_| Broken("no memory to seal the journal"))?;
    let (mut blocks, mut rows) = (Vec::new(), 0);
    let mut next = before.sealed_to;
    let mut end_block = |encoder: &mut Encoder| -> Result<(), Broken> {
        let raw = encoder.take(before.generation, RawBlock::default());
        blocks.push(sealer.seal(&raw)?);
        Ok(())
    };
    for slot in view.generations() {
        // The first rows must follow the sealed ones; anything after a hole was never durable.
        let sequences = slot.sequences();
        if sequences.end <= next || sequences.start > next {
            continue;
        }
        for place in 0usize.. {
            let Some(row) = slot.row(place) else { break };
            let sequence = row.head.sequence;
            if sequence < next {
                continue;
            }
            encoder.check(&row).map_err(|_| Broken("a journal row does not fit its table"))?;
            encoder.push(&row, sequence);
            next = sequence + 1;
            rows += 1;
            if encoder.is_full() {
                end_block(&mut encoder)?;
            }
        }
    }
    if encoder.rows() > 0 {
        end_block(&mut encoder)?;
    }
    Ok((blocks, rows))
}

#[expect(clippy::too_many_arguments, reason = "everything a writer is made of, once")]
fn start(
    dir: &Path,
    options: Options,
    sizes: &Sizes,
    tables: Tables,
    progress: Progress,
    next: u64,
    journal: JournalFile,
    lock: File,
) -> Result<Writer, StoreError> {
    let figures = figures(&tables).map_err(|why| StoreError::tables(dir, &why))?;
    let encoder = Encoder::new(progress.next_segment, sizes.text_budget);
    let generation = progress.generation + 1;
    let slot_bytes = usize::try_from(journal.slot_bytes()).unwrap_or(usize::MAX);
    let path = dir.to_path_buf();
    let shared = Shared::new(path.clone(), options, tables, &progress, figures, next);
    let shared = Arc::new(shared);
    let sealer = Sealer::new().map_err(|why| StoreError::file(dir, "prepare zstd for", why))?;
    let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        thread.map_err(|why| StoreError::file(dir, "start a thread for", why))
    };
    let (for_commit, for_seal) = (Arc::clone(&shared), Arc::clone(&shared));
    let commit = Box::new(move || Committer::new(&for_commit, journal).run());
    let seal = Box::new(move || SealThread::new(&for_seal, sealer, progress).run());
    let threads = vec![spawn("store-commit", commit)?, spawn("store-seal", seal)?];
    Ok(Writer {
        shared,
        encoder,
        frames: FrameBuilder::new(),
        generation,
        next,
        slot_bytes,
        unit_ns: u64::from(options.time_unit_ns.max(1)),
        threads,
        lock,
        path,
    })
}

/// One writer at a time: the lock goes with the process, whatever becomes of it.
fn take_lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("writer.lock");
    let failed = |doing| {
        let path = path.clone();
        move |why| StoreError::file(&path, doing, why)
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(failed("open the lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(failed("read the lock"))?;
            return Err(StoreError::Busy {
                path: dir.to_path_buf(),
                pid: text.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(why)) => return Err(failed("take the lock")(why)),
    }
    file.set_len(0).map_err(failed("write the lock"))?;
    writeln!(file, "{}", std::process::id()).map_err(failed("write the lock"))?;
    Ok(file)
}
