// SPDX-License-Identifier: Apache-2.0
//! Records on their way from a source to the pipeline: one arena, no allocation for each.
use zerocopy::IntoBytes as _;

/// Records in the order they came, each at an 8-byte boundary.
#[derive(Debug, Default)]
pub struct Batch {
    words: Vec<u64>,
    records: Vec<(u32, u32)>,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        Batch::default()
    }

    /// Forgets the records, keeps the memory.
    pub fn clear(&mut self) {
        self.words.clear();
        self.records.clear();
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// Copies one record in; says `false` for one no batch can hold (over 4 GiB).
    pub fn push(&mut self, record: &[u8]) -> bool {
        let start = self.words.len();
        let (Ok(at), Ok(len)) = (u32::try_from(start), u32::try_from(record.len())) else {
            return false;
        };
        self.words.resize(start + record.len().div_ceil(8), 0);
        self.words[start..].as_mut_bytes()[..record.len()].copy_from_slice(record);
        self.records.push((at, len));
        true
    }

    /// The records, oldest first, unchecked.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().map(|&(at, len)| &self.words[at as usize..].as_bytes()[..len as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;

    #[test]
    fn records_come_back_whole_and_aligned() {
        let mut batch = Batch::new();
        for len in [1, 8, 13] {
            assert!(batch.push(&vec![u8::try_from(len).unwrap(); len]));
        }
        let lens: Vec<usize> = batch.iter().map(<[u8]>::len).collect();
        assert_eq!(lens, [1, 8, 13]);
        assert!(batch.iter().all(|record| record.as_ptr().align_offset(8) == 0));
        assert!(batch.iter().all(|record| record.iter().all(|&b| usize::from(b) == record.len())));
        batch.clear();
        assert!(batch.is_empty());
    }
}
