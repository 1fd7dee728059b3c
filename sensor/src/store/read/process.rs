// SPDX-License-Identifier: Apache-2.0
//! Questions about processes, answered from the context columns alone: each block names the
//! contexts it is the first of its segment to use, and its summary says when their processes began.
use super::Reader;
use crate::store::StoreError;
use crate::store::block::decoder::first_rows;
use crate::store::block::segment::Known;
use crate::store::number::{Broken, at};
use crate::store::tables::{BlockKey, Summary, split_key};
use common::event::Context;
use common::value::{ProcessKey, Typed};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// A process as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessEntry {
    /// The process.
    pub key: ProcessKey,
    /// Its parent at that time.
    pub parent: ProcessKey,
    /// Its first event of a segment; the smallest that is known.
    pub first_sequence: u64,
}

type EachBlock<'e> = dyn FnMut(&Reader, &[NewContext]) -> Result<ControlFlow<()>, Broken> + 'e;

/// A context that a block is the first to use.
struct NewContext {
    entry: ProcessEntry,
    id: u32,
}

impl Reader {
    /// The newest context of a process, fixed part and texts.
    ///
    /// # Errors
    /// What the system says, or the block that could not be read.
    pub fn process(&mut self, key: ProcessKey) -> Result<Option<(Context, Vec<u8>)>, StoreError> {
        self.journal.refresh()?;
        let sealed_to = self.sealed_to()?;
        for slot in self.journal.generations().iter().rev() {
            if slot.sequences().end <= sealed_to {
                continue;
            }
            let found = slot.contexts().rev().find(|(fixed, _)| fixed.process == key);
            if let Some((fixed, tail)) = found {
                return Ok(Some((*fixed, tail.to_vec())));
            }
        }
        let may_hold = |s: &Summary| s.min_start <= key.start_ns && key.start_ns <= s.max_start;
        let mut found = None;
        self.new_contexts(true, may_hold, false, &mut |reader, contexts| {
            let of_key = contexts.iter().rev().find(|context| context.entry.key == key);
            if let Some(context) = of_key {
                found = Some(reader.segment.context(context.id)?);
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found.map(|Known { fixed, tail }| (fixed, tail)))
    }

    /// Processes whose parent this is, in order of their first events.
    ///
    /// # Errors
    /// As [`Reader::process`].
    pub fn children(&mut self, key: ProcessKey) -> Result<Vec<ProcessEntry>, StoreError> {
        let family = self.family(key.start_ns)?;
        let mut children: Vec<ProcessEntry> =
            family.into_values().filter(|entry| entry.parent == key).collect();
        children.sort_by_key(|entry| entry.first_sequence);
        Ok(children)
    }

    /// Everyone who descends from this process, in order of their first events.
    ///
    /// # Errors
    /// As [`Reader::process`].
    pub fn descendants(&mut self, key: ProcessKey) -> Result<Vec<ProcessEntry>, StoreError> {
        let family = self.family(key.start_ns)?;
        let mut by_parent: HashMap<ProcessKey, Vec<ProcessEntry>> = HashMap::new();
        for entry in family.into_values() {
            by_parent.entry(entry.parent).or_default().push(entry);
        }
        let (mut found, mut todo) = (Vec::new(), vec![key]);
        let mut seen = HashSet::from([key]);
        while let Some(parent) = todo.pop() {
            for entry in by_parent.remove(&parent).unwrap_or_default() {
                if seen.insert(entry.key) {
                    todo.push(entry.key);
                    found.push(entry);
                }
            }
        }
        found.sort_by_key(|entry| entry.first_sequence);
        Ok(found)
    }

    /// The parent of this process, its parent, and so on, as far as the store knows.
    ///
    /// # Errors
    /// As [`Reader::process`].
    pub fn ancestors(&mut self, key: ProcessKey) -> Result<Vec<ProcessKey>, StoreError> {
        let mut found = Vec::new();
        let mut next = key;
        while let Some((context, _)) = self.process(next)? {
            next = context.parent;
            if next == ProcessKey::ABSENT || found.contains(&next) {
                break;
            }
            found.push(next);
        }
        Ok(found)
    }

    /// Every process whose first context came with a process started at `since` or later.
    fn family(&mut self, since: u64) -> Result<HashMap<ProcessKey, ProcessEntry>, StoreError> {
        self.journal.refresh()?;
        let sealed_to = self.sealed_to()?;
        let mut family: HashMap<ProcessKey, ProcessEntry> = HashMap::new();
        let mut add = |entry: ProcessEntry| {
            let known = family.entry(entry.key).or_insert(entry);
            known.first_sequence = known.first_sequence.min(entry.first_sequence);
        };
        for slot in self.journal.generations() {
            if slot.sequences().end <= sealed_to {
                continue;
            }
            for ((fixed, _), first_sequence) in slot.contexts().zip(slot.firsts()) {
                let (key, parent) = (fixed.process, fixed.parent);
                add(ProcessEntry { key, parent, first_sequence });
            }
        }
        self.new_contexts(false, |s| s.max_start >= since, true, &mut |_, contexts| {
            contexts.iter().for_each(|context| add(context.entry));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(family)
    }

    /// Walks the contexts that blocks add; `firsts` asks for their first events too.
    fn new_contexts(
        &mut self,
        backwards: bool,
        wanted: impl Fn(&Summary) -> bool,
        firsts: bool,
        each: &mut EachBlock<'_>,
    ) -> Result<(), StoreError> {
        let mut key: Option<BlockKey> = None;
        let mut skipped = 0;
        let wanted = |summary: &Summary| summary.contexts > 0 && wanted(summary);
        while let Some((found, _)) = self.next_summary(key, backwards, wanted, &mut skipped)? {
            key = Some(found);
            if !self.load(&found)? {
                continue;
            }
            let (segment, index) = split_key(&found).unwrap_or_default();
            let contexts = self.contexts_of(usize::from(index), firsts);
            let flow = contexts.and_then(|contexts| each(self, &contexts));
            if flow.map_err(|why| self.damaged(segment, index, why))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn contexts_of(&self, index: usize, firsts: bool) -> Result<Vec<NewContext>, Broken> {
        let chunk = self.segment.chunk(index).ok_or(Broken("no such block"))?;
        let [base, count] = chunk.block.header.contexts.map(|n| n.get());
        let first_sequence = chunk.block.header.first_sequence.get();
        let rows = if firsts { first_rows(chunk)? } else { Vec::new() };
        let mut contexts = Vec::with_capacity(at(count));
        for place in 0..count {
            let (key, parent) = self.segment.lineage(chunk, at(place))?;
            let row = rows.get(at(place)).copied().unwrap_or(0);
            let first_sequence = first_sequence.wrapping_add(u64::from(row));
            let entry = ProcessEntry { key, parent, first_sequence };
            contexts.push(NewContext { entry, id: base + place });
        }
        Ok(contexts)
    }
}
