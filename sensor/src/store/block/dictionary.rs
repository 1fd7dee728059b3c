// SPDX-License-Identifier: Apache-2.0
//! Interning, the writer's side: each distinct text, address, hash, process key and shape of a
//! segment is stored once and named by a small number.
//!
//! Equality is decided by comparing bytes, never by a hash alone: this is evidence. The tables
//! are open-addressed vectors of (hash, id), 8 bytes an entry, so that a full segment stays small.
use crate::store::number::{at, long, put, short, zigzag};
use common::value::ProcessKey;
use std::hash::{BuildHasher, Hasher, RandomState};

/// (hash, id + 1) pairs with linear probing; 0 is a free place.
#[derive(Debug)]
struct Table {
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl Table {
    fn new() -> Table {
        Table { slots: vec![(0, 0); 256], used: 0 }
    }

    fn clear(&mut self) {
        self.slots.fill((0, 0));
        self.used = 0;
    }

    /// The id whose hash agrees and for which `same` says yes, or the place to put a new one.
    #[inline]
    fn find(&self, hash: u32, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = at(hash) & mask;
        loop {
            match self.slots[place] {
                (_, 0) => return Err(place),
                (h, id) if h == hash && same(id - 1) => return Ok(id - 1),
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn insert(&mut self, place: usize, hash: u32, id: u32) {
        self.slots[place] = (hash, id + 1);
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let larger = vec![(0, 0); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, larger);
        let mask = self.slots.len() - 1;
        for (hash, id) in old.into_iter().filter(|slot| slot.1 != 0) {
            let mut place = at(hash) & mask;
            while self.slots[place].1 != 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = (hash, id);
        }
    }

    fn bytes(&self) -> usize {
        self.slots.len() * size_of::<(u32, u32)>()
    }
}

/// Multiply and fold, 8 bytes a step, from a seed nobody outside knows.
#[inline]
fn hash_bytes(seed: u64, bytes: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |state: u64, word: u64| {
        let wide = u128::from(state ^ word) * u128::from(K ^ seed.rotate_left(32));
        let [low, high] = [wide, wide >> 64].map(|half| half & u128::from(u64::MAX));
        u64::try_from(low ^ high).unwrap_or(0)
    };
    let mut state = seed ^ long(bytes.len());
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state, u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        state = fold(state, u64::from_le_bytes(last));
    }
    let mixed = fold(state, K);
    u32::try_from(mixed >> 32).unwrap_or(0)
}

fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// What a block adds to a byte dictionary, in the form it is compressed in.
#[derive(Debug, Default)]
pub struct Additions {
    /// Id of the first new entry.
    pub base: u32,
    /// How many there are.
    pub count: u32,
    /// Per entry: 0, or 1 + zigzag distance of its directory's id from the last directory's id.
    pub parents: Vec<u8>,
    /// Per entry: length of what follows the directory.
    pub lengths: Vec<u8>,
    /// What follows the directory, one after another.
    pub bytes: Vec<u8>,
}

impl Additions {
    fn begin(&mut self, base: u32) {
        self.base = base;
        self.count = 0;
        self.parents.clear();
        self.lengths.clear();
        self.bytes.clear();
    }
    /// Memory held.
    pub fn size(&self) -> usize {
        self.parents.len() + self.lengths.len() + self.bytes.len()
    }
}

/// Interns byte strings; with `split`, a path is stored as directory and name.
#[derive(Debug)]
pub struct Texts {
    table: Table,
    seed: u64,
    ends: Vec<u32>,
    arena: Vec<u8>,
    split: bool,
    last_parent: u32,
    /// What the current block has added.
    pub new: Additions,
}

impl Texts {
    /// An empty dictionary.
    pub fn new(split: bool) -> Texts {
        let (table, new) = (Table::new(), Additions::default());
        Texts { table, seed: seed(), ends: vec![], arena: vec![], split, last_parent: 0, new }
    }

    /// Forgets everything: a new segment begins.
    pub fn clear(&mut self) {
        self.table.clear();
        self.seed = seed();
        self.ends.clear();
        self.arena.clear();
        self.begin_block(Additions::default());
    }

    /// Starts to collect the additions of a new block, in memory that was used before.
    pub fn begin_block(&mut self, spare: Additions) -> Additions {
        let done = std::mem::replace(&mut self.new, spare);
        self.new.begin(short(self.ends.len()));
        self.last_parent = 0;
        done
    }

    /// Memory held by the dictionary itself.
    pub fn size(&self) -> usize {
        self.arena.len() + self.ends.len() * 4 + self.table.bytes()
    }

    /// The number of a text.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> u32 {
        let hash = hash_bytes(self.seed, bytes);
        match self.table.find(hash, |id| self.get(id) == bytes) {
            Ok(id) => id,
            Err(place) => self.add(place, hash, bytes),
        }
    }

    fn get(&self, id: u32) -> &[u8] {
        let id = at(id);
        let start = if id == 0 { 0 } else { at(self.ends[id - 1]) };
        &self.arena[start..at(self.ends[id])]
    }

    fn add(&mut self, place: usize, hash: u32, bytes: &[u8]) -> u32 {
        let directory = if self.split { directory_len(bytes) } else { 0 };
        if directory == 0 {
            self.new.parents.push(0);
            return self.push(place, hash, bytes, bytes);
        }
        // Interning the directory may move things, so the place is looked up again.
        let parent = self.intern_whole(&bytes[..directory]);
        let distance = i64::from(parent) - i64::from(self.last_parent);
        put(&mut self.new.parents, 1 + zigzag(distance));
        self.last_parent = parent;
        let place = self.table.find(hash, |id| self.get(id) == bytes).err().unwrap_or(place);
        self.push(place, hash, bytes, &bytes[directory..])
    }

    fn intern_whole(&mut self, bytes: &[u8]) -> u32 {
        let hash = hash_bytes(self.seed, bytes);
        match self.table.find(hash, |id| self.get(id) == bytes) {
            Ok(id) => id,
            Err(place) => {
                self.new.parents.push(0);
                self.push(place, hash, bytes, bytes)
            }
        }
    }

    fn push(&mut self, place: usize, hash: u32, bytes: &[u8], stored: &[u8]) -> u32 {
        let id = short(self.ends.len());
        self.arena.extend_from_slice(bytes);
        self.ends.push(short(self.arena.len()));
        self.table.insert(place, hash, id);
        put(&mut self.new.lengths, long(stored.len()));
        self.new.bytes.extend_from_slice(stored);
        self.new.count += 1;
        id
    }
}

/// Bytes of an absolute path up to and with its last slash; 0 when that is all or nothing of it.
fn directory_len(bytes: &[u8]) -> usize {
    if bytes.first() != Some(&b'/') || bytes.contains(&0) {
        return 0;
    }
    let end = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    if end <= 1 || end == bytes.len() { 0 } else { end }
}

/// Interns small values by what they are.
#[derive(Debug)]
pub struct Values<T> {
    table: Table,
    seed: u64,
    entries: Vec<T>,
    base: u32,
}

/// A value that can be interned: its words decide.
pub trait Words: Copy + PartialEq {
    /// All of the value, as numbers.
    fn words(&self) -> [u64; 3];
}

impl Words for ProcessKey {
    fn words(&self) -> [u64; 3] {
        [self.start_ns, self.pid, 0]
    }
}

impl<T: Words> Values<T> {
    /// An empty dictionary.
    pub fn new() -> Values<T> {
        Values { table: Table::new(), seed: seed(), entries: vec![], base: 0 }
    }

    /// Forgets everything: a new segment begins.
    pub fn clear(&mut self) {
        self.table.clear();
        self.entries.clear();
        self.base = 0;
    }

    /// The number of a value.
    #[inline]
    pub fn intern(&mut self, value: T) -> u32 {
        let [a, b, c] = value.words();
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&a.to_le_bytes());
        bytes[8..16].copy_from_slice(&b.to_le_bytes());
        bytes[16..].copy_from_slice(&c.to_le_bytes());
        let hash = hash_bytes(self.seed, &bytes);
        match self.table.find(hash, |id| self.entries[at(id)] == value) {
            Ok(id) => id,
            Err(place) => {
                let id = short(self.entries.len());
                self.entries.push(value);
                self.table.insert(place, hash, id);
                id
            }
        }
    }

    /// Memory held.
    pub fn size(&self) -> usize {
        self.entries.len() * size_of::<T>() + self.table.bytes()
    }

    /// Ends a block: the id of its first new entry, and its new entries into `out`.
    pub fn end_block(&mut self, out: &mut Vec<T>) -> u32 {
        let base = self.base;
        out.clear();
        out.extend_from_slice(&self.entries[at(base)..]);
        self.base = short(self.entries.len());
        base
    }
}

impl<T: Words> Default for Values<T> {
    fn default() -> Self {
        Values::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Texts, directory_len};

    #[test]
    fn only_real_directories_are_split_off() {
        assert_eq!(directory_len(b"/usr/bin/env"), 9);
        for whole in [&b"/env"[..], b"/usr/bin/", b"env", b"", b"/a\0/b", b"/"] {
            assert_eq!(directory_len(whole), 0, "{whole:?}");
        }
    }

    #[test]
    fn equal_texts_get_equal_numbers_over_many_growths() {
        let mut texts = Texts::new(true);
        let text = |n: u32| format!("/var/lib/{}/file-{n}", n % 7).into_bytes();
        let ids: Vec<u32> = (0..5000).map(|n| texts.intern(&text(n))).collect();
        assert_eq!(texts.ends.len(), 5000 + 7);
        for (n, id) in (0..5000).zip(ids) {
            assert_eq!(texts.intern(&text(n)), id);
        }
    }
}
