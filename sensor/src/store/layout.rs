// SPDX-License-Identifier: Apache-2.0
//! Columns made from the field tables of `common`: the one place that knows which field of which
//! kind goes to which column, so that a new kind needs no change here or anywhere in the store.
//!
//! Fields with the same public name, width and shape share one column over all kinds: five events
//! about one file say its inode five times in a row, and four of them cost nothing.
use super::number::at;
use common::event::{Context, Kind};
use common::record::{Body, Field};
use common::value::{Span, Type};
use std::sync::OnceLock;

/// How a column's values look on their way into a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shape {
    /// 4 bytes, a number.
    Number32 = 1,
    /// 8 bytes, a number.
    Number64 = 2,
    /// Text in the tail, as an id of the text dictionary.
    Text = 3,
    /// Other bytes (addresses, hashes, binary), as an id of the raw dictionary.
    Raw = 4,
    /// A process key, as an id of the key dictionary.
    Key = 5,
}

impl Shape {
    /// The inverse of `as u8`.
    pub fn from_id(id: u8) -> Option<Shape> {
        [Shape::Number32, Shape::Number64, Shape::Text, Shape::Raw, Shape::Key]
            .into_iter()
            .find(|shape| *shape as u8 == id)
    }
    /// Whether values are dictionary ids.
    pub fn is_id(self) -> bool {
        matches!(self, Shape::Text | Shape::Raw | Shape::Key)
    }
}

/// What a time may be told relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Nothing: not a time.
    None,
    /// Wall clock.
    Wall,
    /// Boot clock.
    Boot,
}

/// One column of blocks.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Number on disk: a hash of name and shape, for ever.
    pub id: u32,
    /// Public name of the fields it holds.
    pub name: &'static str,
    /// Shape of its values.
    pub shape: Shape,
    /// Clock of its values.
    pub clock: Clock,
    /// The number that means "not known".
    pub absent: u64,
}

/// Where one field of a record goes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Byte offset in the body.
    pub offset: usize,
    /// Bytes in the body.
    pub width: usize,
    /// Index into [`Layout::columns`].
    pub column: usize,
    /// Shape of that column.
    pub shape: Shape,
    /// Whether the field is a span of the tail.
    pub in_tail: bool,
    /// Whether a reader's text test applies to it.
    pub is_text: bool,
}

/// How one kind of record is taken apart and put together.
#[derive(Clone, Debug)]
pub struct RecordLayout {
    /// Bytes of the body.
    pub len: usize,
    /// Its fields without padding, in table order.
    pub places: Vec<Place>,
    /// Index into `places` of the text that says what the record is about.
    pub subject: Option<usize>,
    /// A body with nothing known.
    pub absent: Vec<u8>,
}

/// All columns of this build.
#[derive(Debug)]
pub struct Layout {
    /// Columns of event bodies, then those of contexts.
    pub columns: Vec<Column>,
    /// By kind id; `None` where no kind has the id.
    pub kinds: Vec<Option<RecordLayout>>,
    /// The context record.
    pub context: RecordLayout,
}

impl Layout {
    /// The layout of this build, made once.
    pub fn get() -> &'static Layout {
        static LAYOUT: OnceLock<Layout> = OnceLock::new();
        LAYOUT.get_or_init(Layout::build)
    }

    fn build() -> Layout {
        let mut columns = Vec::new();
        let top = Kind::ALL.iter().map(|kind| at(*kind as u32)).max().unwrap_or(0);
        let mut kinds = vec![None; top + 1];
        for kind in Kind::ALL {
            let record = record_layout(&mut columns, "", kind.fields(), kind.body_len());
            kinds[at(*kind as u32)] = Some(record);
        }
        let context =
            record_layout(&mut columns, "context ", Context::FIELDS, size_of::<Context>());
        Layout { columns, kinds, context }
    }

    /// The layout of a kind, if this build knows it.
    #[inline]
    pub fn kind(&self, id: u32) -> Option<&RecordLayout> {
        self.kinds.get(at(id)).and_then(Option::as_ref)
    }

    /// The column with this number on disk.
    pub fn find(&self, id: u32) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }
}

fn record_layout(
    columns: &mut Vec<Column>,
    salt: &str,
    fields: &'static [Field],
    len: usize,
) -> RecordLayout {
    let mut absent = vec![0; len];
    let mut places = Vec::new();
    for field in fields {
        write_absent(field, &mut absent);
        if field.ty == Type::Pad {
            continue;
        }
        let shape = shape_of(field);
        let id = column_id(salt, field.name, shape);
        let column = columns.iter().position(|column| column.id == id).unwrap_or_else(|| {
            let (clock, absent) = (clock_of(field.ty), absent_number(field));
            columns.push(Column { id, name: field.name, shape, clock, absent });
            columns.len() - 1
        });
        let is_text = matches!(field.ty, Type::Text | Type::TextList);
        let in_tail = field.ty.in_tail();
        let (offset, width) = (field.offset, field.width);
        places.push(Place { offset, width, column, shape, in_tail, is_text });
    }
    let subject = places.iter().position(|place| place.is_text);
    RecordLayout { len, places, subject, absent }
}

fn shape_of(field: &Field) -> Shape {
    match field.ty {
        Type::Text | Type::TextList => Shape::Text,
        Type::Bytes | Type::IpList | Type::Ip | Type::Hash => Shape::Raw,
        Type::ProcessKey => Shape::Key,
        _ if field.width == 4 => Shape::Number32,
        _ => Shape::Number64,
    }
}

fn clock_of(ty: Type) -> Clock {
    match ty {
        Type::Time => Clock::Wall,
        Type::BootTime => Clock::Boot,
        _ => Clock::None,
    }
}

fn absent_number(field: &Field) -> u64 {
    match (field.ty, field.width) {
        (Type::Flags(_) | Type::Pad, _) => 0,
        (Type::Int | Type::Errno, 4) => 1 << 31,
        (Type::Int | Type::Errno, _) => 1 << 63,
        (_, 4) => u64::from(u32::MAX),
        _ => u64::MAX,
    }
}

fn write_absent(field: &Field, body: &mut [u8]) {
    let bytes = &mut body[field.offset..field.offset + field.width];
    match field.ty {
        ty if ty.in_tail() => {
            let span = Span::ABSENT;
            bytes[..2].copy_from_slice(&span.start.to_le_bytes());
            bytes[2..].copy_from_slice(&span.len.to_le_bytes());
        }
        Type::Ip => bytes.fill(0xff),
        Type::Hash => bytes.fill(0),
        Type::ProcessKey => {
            bytes[..8].fill(0);
            bytes[8..].fill(0xff);
        }
        _ => bytes.copy_from_slice(&absent_number(field).to_le_bytes()[..field.width]),
    }
}

/// FNV-1a over salt, name and shape; the top bit keeps clear of the fixed section numbers.
fn column_id(salt: &str, name: &str, shape: Shape) -> u32 {
    let bytes = salt.bytes().chain(name.bytes()).chain([0, shape as u8]);
    bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
        | 1 << 31
}

/// Reads the number at a place of a body, zero-extended.
#[inline]
pub fn number(body: &[u8], place: &Place) -> u64 {
    let mut wide = [0; 8];
    let n = place.width.min(8);
    wide[..n].copy_from_slice(&body[place.offset..place.offset + n]);
    u64::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use super::Layout;
    use common::event::{Context, FileMode, Kind};
    use std::collections::HashSet;
    use zerocopy::IntoBytes;

    #[test]
    fn column_numbers_are_unique_and_no_record_has_one_twice() {
        let layout = Layout::get();
        let ids: HashSet<u32> = layout.columns.iter().map(|column| column.id).collect();
        assert_eq!(ids.len(), layout.columns.len());
        for kind in Kind::ALL {
            let record = layout.kind(*kind as u32).unwrap();
            let columns: HashSet<usize> = record.places.iter().map(|p| p.column).collect();
            assert_eq!(columns.len(), record.places.len(), "{}", kind.name());
        }
    }

    #[test]
    fn absent_bodies_are_what_common_says() {
        let layout = Layout::get();
        assert_eq!(layout.context.absent, Context::ABSENT.as_bytes());
        let mode = layout.kind(Kind::FileMode as u32).unwrap();
        assert_eq!(mode.absent, FileMode::ABSENT.as_bytes());
    }
}
