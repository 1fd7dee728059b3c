// SPDX-License-Identifier: Apache-2.0
//! Who is deleted first: whole segments, oldest first, by size and by age. Since a segment holds
//! everything its events refer to, nothing that stays is left without its context.
use super::tables::{Progress, Pruned, Tables, read_summary, split_key};

/// Pages in use above this part of the limit start a prune; LMDB needs the rest to work in.
const FULL_PERCENT: u64 = 85;

/// When history has to go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes the tables may grow to.
    pub bytes: u64,
    /// How far below the mark one prune goes, percent of the limit.
    pub extra_percent: u64,
    /// Events before this are too old, nanoseconds since 1970.
    pub oldest_ns: u64,
}

/// Removes segments until the limits hold; true when something went.
///
/// # Errors
/// What LMDB says; nothing is removed then.
pub fn prune(tables: &Tables, limits: &Limits, progress: &mut Progress) -> heed::Result<bool> {
    let mark = |percent: u64| limits.bytes / 100 * percent;
    let mut removed = false;
    let used = tables.used_bytes(&*tables.read()?)?;
    if used > mark(FULL_PERCENT) {
        let target = mark(FULL_PERCENT.saturating_sub(limits.extra_percent));
        while tables.used_bytes(&*tables.read()?)? > target && remove_oldest(tables, progress)? {
            removed = true;
        }
    }
    while limits.oldest_ns > 0
        && oldest_segment_end(tables)?.is_some_and(|end| end < limits.oldest_ns)
        && remove_oldest(tables, progress)?
    {
        removed = true;
    }
    Ok(removed)
}

/// Time of the last event of the oldest segment.
fn oldest_segment_end(tables: &Tables) -> heed::Result<Option<u64>> {
    let txn = tables.read()?;
    let mut segment = None;
    let mut end = None;
    for entry in tables.summaries(&txn)? {
        let (key, bytes) = entry?;
        let (Ok((number, _)), Ok(summary)) = (split_key(key), read_summary(bytes)) else { break };
        if *segment.get_or_insert(number) != number {
            break;
        }
        end = end.max(Some(summary.max_time));
    }
    Ok(end)
}

/// Removes the oldest segment, unless it is the only one; true when it went.
///
/// # Errors
/// What LMDB says; nothing is removed then.
pub fn remove_oldest(tables: &Tables, progress: &mut Progress) -> heed::Result<bool> {
    let mut txn = tables.write()?;
    let edge = |last| {
        let entry = tables.edge(&txn, last)?;
        Ok::<_, heed::Error>(entry.and_then(|(key, _)| split_key(key).ok()))
    };
    let (Some((first, _)), Some((last, _))) = (edge(false)?, edge(true)?) else {
        return Ok(false);
    };
    if first == last {
        return Ok(false);
    }
    let mut next = progress.clone();
    let mut pruned = tables.pruned(&txn)?.unwrap_or_default();
    for entry in tables.summaries(&txn)? {
        let (key, bytes) = entry?;
        let (Ok((number, index)), Ok(summary)) = (split_key(key), read_summary(bytes)) else {
            continue; // `verify` names it; here it must not keep the store from living on
        };
        if number != first {
            break;
        }
        let size = tables.block(&txn, &super::tables::block_key(number, index))?;
        let size = size.map_or(0, |bytes| super::number::long(bytes.len()));
        next.events = next.events.saturating_sub(u64::from(summary.events));
        next.block_bytes = next.block_bytes.saturating_sub(size);
        pruned = Pruned {
            events: pruned.events + u64::from(summary.events),
            through_sequence: summary.end().saturating_sub(1),
            through_time_ns: pruned.through_time_ns.max(summary.max_time),
        };
    }
    tables.remove_segment(&mut txn, first)?;
    tables.put_pruned(&mut txn, &pruned)?;
    tables.put_progress(&mut txn, &next)?;
    txn.commit()?;
    *progress = next;
    Ok(true)
}
