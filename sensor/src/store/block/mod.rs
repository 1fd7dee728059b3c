// SPDX-License-Identifier: Apache-2.0
//! A sealed block: its bytes as FORMAT.md draws them, and the parts that write and read them.
use super::layout::Shape;
use super::number::{Broken, at};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};
use zerocopy::{LE, U16, U32, U64};

pub mod decoder;
pub mod dictionary;
pub mod encoder;
pub mod predict;
pub mod seal;
pub mod segment;

/// Most events of one block.
pub const BLOCK_EVENTS: usize = 8192;
/// Most blocks of one segment.
pub const SEGMENT_BLOCKS: u16 = 32;
/// "TBK1", little-endian.
pub const MAGIC: u32 = 0x314b_4254;
/// Version of the block's layout.
pub const VERSION: u16 = 1;

/// Sections with a fixed number; columns of fields are numbered by `Column::id`.
pub mod section {
    /// Which columns each kind of the block has.
    pub const KINDS: u32 = 1;
    /// New combinations of kind, source, flags and result.
    pub const SHAPES: u32 = 2;
    /// New texts: directories.
    pub const TEXT_PARENTS: u32 = 3;
    /// New texts: lengths.
    pub const TEXT_LENGTHS: u32 = 4;
    /// New texts: bytes.
    pub const TEXT_BYTES: u32 = 5;
    /// New raw values: lengths.
    pub const RAW_LENGTHS: u32 = 6;
    /// New raw values: bytes.
    pub const RAW_BYTES: u32 = 7;
    /// New process keys: start times.
    pub const KEY_STARTS: u32 = 8;
    /// New process keys: process ids.
    pub const KEY_PIDS: u32 = 9;
    /// Wall clock of each event.
    pub const TIMES: u32 = 16;
    /// Wall clock minus boot clock of each event.
    pub const CLOCKS: u32 = 17;
    /// Shape of each event.
    pub const EVENT_SHAPES: u32 = 18;
    /// Context of each event.
    pub const CONTEXTS: u32 = 19;
    /// Thread id minus process id of each event.
    pub const THREADS: u32 = 20;
}

/// The fixed start of a block.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: U32<LE>,
    /// Bytes of the whole block.
    pub length: U32<LE>,
    /// CRC-32C of everything after this field.
    pub checksum: U32<LE>,
    /// [`VERSION`].
    pub version: U16<LE>,
    /// Entries of the directory.
    pub sections: U16<LE>,
    /// Segment the block belongs to.
    pub segment: U32<LE>,
    /// Place in the segment, from 0.
    pub index: U16<LE>,
    /// Time unit: 0 microseconds, 1 nanoseconds.
    pub unit: U16<LE>,
    /// Sequence number of the first event.
    pub first_sequence: U64<LE>,
    /// Journal generation the events were in.
    pub generation: U64<LE>,
    /// Number of events; their sequence numbers are dense.
    pub events: U32<LE>,
    /// Id of the first new text, and how many.
    pub texts: [U32<LE>; 2],
    /// Id of the first new raw value, and how many.
    pub raws: [U32<LE>; 2],
    /// Id of the first new process key, and how many.
    pub keys: [U32<LE>; 2],
    /// Id of the first new shape, and how many.
    pub shapes: [U32<LE>; 2],
    /// Id of the first new context, and how many.
    pub contexts: [U32<LE>; 2],
}

/// One entry of the directory after the header.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Section {
    /// Which section.
    pub id: U32<LE>,
    /// Bytes when unpacked.
    pub unpacked: U32<LE>,
    /// Bytes in the block.
    pub stored: U32<LE>,
    /// [`Shape`] of the values, 0 for sections with a fixed number.
    pub shape: u8,
    /// [`Section::PACKED`], [`Section::CONSTANT`], [`Section::RELATIVE`].
    pub mode: u8,
    /// Zero.
    pub reserved: U16<LE>,
}

impl Section {
    /// Stored bytes are one zstd frame.
    pub const PACKED: u8 = 1;
    /// The bytes are one number that every row repeats.
    pub const CONSTANT: u8 = 2;
    /// Times are told relative to the event's own clock, or the process's start in contexts.
    pub const RELATIVE: u8 = 4;

    /// Shape of the values; `None` for sections with a fixed number.
    pub fn shape(&self) -> Option<Shape> {
        Shape::from_id(self.shape)
    }
}

/// Nanoseconds of a time unit.
pub fn unit_ns(unit: u16) -> Result<u64, Broken> {
    match unit {
        0 => Ok(1000),
        1 => Ok(1),
        _ => Err(Broken("an unknown time unit")),
    }
}

/// A block whose checksum, lengths and directory have been checked; owns its bytes.
#[derive(Clone, Debug)]
pub struct Block {
    /// The fixed start.
    pub header: Header,
    directory: Vec<(Section, usize)>,
    bytes: Vec<u8>,
}

impl Block {
    /// The only way in.
    ///
    /// # Errors
    /// Names the check that failed.
    pub fn parse(bytes: &[u8]) -> Result<Block, Broken> {
        let (header, rest) =
            Header::read_from_prefix(bytes).map_err(|_| Broken("shorter than a header"))?;
        if header.magic.get() != MAGIC {
            return Err(Broken("does not begin with the mark of a block"));
        }
        if at(header.length.get()) != bytes.len() {
            return Err(Broken("length differs from what the header says"));
        }
        if crc32c::crc32c(&bytes[12..]) != header.checksum.get() {
            return Err(Broken("checksum is wrong"));
        }
        if header.version.get() != VERSION {
            return Err(Broken("written in a newer block format"));
        }
        let count = usize::from(header.sections.get());
        let (sections, _) = <[Section]>::ref_from_prefix_with_elems(rest, count)
            .map_err(|_| Broken("the directory is cut short"))?;
        let mut place = size_of::<Header>() + count * size_of::<Section>();
        let mut directory = Vec::with_capacity(count);
        for section in sections {
            directory.push((*section, place));
            place = place
                .checked_add(at(section.stored.get()))
                .filter(|end| *end <= bytes.len())
                .ok_or(Broken("a section leaves the block"))?;
        }
        unit_ns(header.unit.get())?;
        Ok(Block { header, directory, bytes: bytes.to_vec() })
    }

    /// Directory entry of a section.
    pub fn section(&self, id: u32) -> Option<&Section> {
        self.directory.iter().map(|(section, _)| section).find(|s| s.id.get() == id)
    }

    /// Unpacked bytes of a section; none when the block has none.
    ///
    /// # Errors
    /// When the bytes do not unpack to the length they should have.
    pub fn unpack(&self, id: u32) -> Result<Vec<u8>, Broken> {
        let entry = self.directory.iter().find(|(section, _)| section.id.get() == id);
        let Some((section, start)) = entry else { return Ok(Vec::new()) };
        let stored = &self.bytes[*start..*start + at(section.stored.get())];
        if section.mode & Section::PACKED == 0 {
            return Ok(stored.to_vec());
        }
        let length = at(section.unpacked.get());
        if length > UNPACKED_MAX {
            return Err(Broken("a section claims to be larger than any can be"));
        }
        let bytes = zstd::bulk::decompress(stored, length)
            .map_err(|_| Broken("a section does not unpack"))?;
        if bytes.len() == length { Ok(bytes) } else { Err(Broken("a section's length is wrong")) }
    }

    /// Every directory entry.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.directory.iter().map(|(section, _)| section)
    }
}

/// Longest section: a block's events all with the longest tail.
const UNPACKED_MAX: usize = BLOCK_EVENTS * 2 * 65536;

/// A combination that most events share with many others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventShape {
    /// A kind's id.
    pub kind: u32,
    /// Where the event came from.
    pub source: u32,
    /// `EventFlags`.
    pub flags: u64,
    /// 0, an errno, or absent.
    pub result: i32,
}

impl dictionary::Words for EventShape {
    fn words(&self) -> [u64; 3] {
        let result = u64::from(self.result.cast_unsigned());
        [u64::from(self.kind) << 32 | u64::from(self.source), self.flags, result]
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, Section};
    use crate::store::journal::FrameHeader;
    use std::mem::offset_of;

    /// Rows of FORMAT.md's tables of offsets: (offset, field, bytes).
    fn documented() -> Vec<(usize, String, usize)> {
        let cells = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
        let row = |line: &str| {
            let cells = cells(line);
            let [offset, bytes] = [1, 3].map(|n| cells.get(n).and_then(|c| c.parse().ok()));
            Some((offset?, cells.get(2)?.clone(), bytes?))
        };
        include_str!("../FORMAT.md").lines().filter_map(row).collect()
    }

    #[test]
    fn the_document_says_what_the_code_does() {
        macro_rules! offsets {
            ($ty:ty: $($field:ident)+) => {
                vec![$((offset_of!($ty, $field), stringify!($field).to_owned())),+]
            };
        }
        let mut real = offsets!(Header: magic length checksum version sections segment index unit
            first_sequence generation events texts raws keys shapes contexts);
        real.extend(offsets!(Section: id unpacked stored shape mode reserved));
        real.extend(offsets!(FrameHeader: magic length generation first_sequence count checksum));
        let documented = documented();
        let found: Vec<_> = documented.iter().map(|(at, name, _)| (*at, name.clone())).collect();
        assert_eq!(found, real);
        let bytes: usize = documented.iter().map(|(_, _, bytes)| bytes).sum();
        let sizes = [size_of::<Header>(), size_of::<Section>(), size_of::<FrameHeader>()];
        assert_eq!(bytes, sizes.iter().sum::<usize>());
    }
}
