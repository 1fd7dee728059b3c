// SPDX-License-Identifier: Apache-2.0
//! A field's bytes as a value, whatever record they came from.
use common::record::{Field, span_at, text};
use common::value::{ProcessKey, Span, Type, Typed};
use zerocopy::FromBytes;

/// A table of numbers and their names.
pub type Names = &'static [(u64, &'static str)];

/// A present field. Absent fields are `None` wherever a value is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Plain unsigned number.
    Uint(u64),
    /// Plain signed number.
    Int(i64),
    /// 0 or a positive errno.
    Errno(i32),
    /// File mode bits.
    Mode(u32),
    /// Nanoseconds since 1970.
    Time(u64),
    /// Nanoseconds since boot.
    BootTime(u64),
    /// Nanoseconds.
    Duration(u64),
    /// Kernel device number.
    Device(u32),
    /// Usually UTF-8.
    Text(&'a [u8]),
    /// NUL-separated.
    TextList(&'a [u8]),
    /// Raw.
    Bytes(&'a [u8]),
    /// IPv6 or mapped IPv4.
    Ip([u8; 16]),
    /// 16 bytes each.
    IpList(&'a [u8]),
    /// SHA-256.
    Hash([u8; 32]),
    /// pid and start.
    ProcessKey(ProcessKey),
    /// A number with a name, if this build knows one.
    Name(u64, Names),
    /// Bits with names.
    Flags(u64, Names),
}

fn uint(bytes: &[u8], width: usize) -> Option<u64> {
    let mut wide = [0u8; 8];
    wide.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
    Some(u64::from_le_bytes(wide))
}

fn int(bytes: &[u8], width: usize) -> Option<i64> {
    match width {
        4 => Some(i64::from(i32::from_le_bytes(bytes.get(..4)?.try_into().ok()?))),
        8 => Some(i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?)),
        _ => None,
    }
}

/// All ones of a width: "not known" for plain numbers.
fn all_ones(width: usize) -> u64 {
    if width >= 8 { u64::MAX } else { (1u64 << (8 * width)) - 1 }
}

impl<'a> Value<'a> {
    /// Reads `field` of a record; `None` when the field is absent or the bytes are too short.
    pub fn read(field: &Field, body: &'a [u8], tail: &'a [u8]) -> Option<Value<'a>> {
        let bytes = body.get(field.offset..field.offset.checked_add(field.width)?)?;
        let number = || uint(bytes, field.width).filter(|n| *n != all_ones(field.width));
        let number32 = || number().and_then(|n| u32::try_from(n).ok());
        let spanned = || {
            let span = span_at(body, field).filter(|span| *span != Span::ABSENT)?;
            text(tail, span)
        };
        Some(match field.ty {
            Type::Pad => return None,
            Type::Uint => Value::Uint(number()?),
            Type::Int => {
                let least = if field.width == 4 { i64::from(i32::MIN) } else { i64::MIN };
                Value::Int(int(bytes, field.width).filter(|n| *n != least)?)
            }
            Type::Errno => {
                let n = int(bytes, 4).filter(|n| *n != i64::from(i32::MIN))?;
                Value::Errno(i32::try_from(n).ok()?)
            }
            Type::Mode => Value::Mode(number32()?),
            Type::Time => Value::Time(number()?),
            Type::BootTime => Value::BootTime(number()?),
            Type::Duration => Value::Duration(number()?),
            Type::Device => Value::Device(number32()?),
            Type::Text => Value::Text(spanned()?),
            Type::TextList => Value::TextList(spanned()?),
            Type::Bytes => Value::Bytes(spanned()?),
            Type::IpList => Value::IpList(spanned()?),
            Type::Ip => {
                let ip: [u8; 16] = bytes.try_into().ok()?;
                if ip == [0xff; 16] {
                    return None;
                }
                Value::Ip(ip)
            }
            Type::Hash => {
                let hash: [u8; 32] = bytes.try_into().ok()?;
                if hash == [0; 32] {
                    return None;
                }
                Value::Hash(hash)
            }
            Type::ProcessKey => {
                let key = ProcessKey::read_from_bytes(bytes).ok()?;
                if key == ProcessKey::ABSENT {
                    return None;
                }
                Value::ProcessKey(key)
            }
            Type::Name(names) => Value::Name(number()?, names),
            Type::Flags(names) => match uint(bytes, field.width)? {
                0 => return None,
                bits => Value::Flags(bits, names),
            },
        })
    }
}

/// A process key as people write it: `pid-start`, the start in base 36.
pub fn show_key(key: ProcessKey) -> String {
    let mut digits = Vec::new();
    let mut rest = key.start_ns;
    loop {
        let digit = u32::try_from(rest % 36).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    let start: String = digits.iter().rev().collect();
    format!("{}-{start}", key.pid)
}

/// The inverse of [`show_key`].
pub fn read_key(text: &str) -> Option<ProcessKey> {
    let (pid, start) = text.split_once('-')?;
    let key = ProcessKey { start_ns: u64::from_str_radix(start, 36).ok()?, pid: pid.parse().ok()? };
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::{Value, read_key, show_key};
    use common::event::{FileMode, Head};
    use common::record::Body;
    use common::value::{Mode, ProcessKey};
    use zerocopy::IntoBytes;

    #[test]
    fn keys_read_back() {
        let key = ProcessKey { start_ns: 123_456_789_012, pid: 4711 };
        assert_eq!(read_key(&show_key(key)), Some(key));
    }

    #[test]
    fn every_field_of_an_absent_body_is_absent() {
        for field in FileMode::FIELDS {
            let value = Value::read(field, FileMode::ABSENT.as_bytes(), &[]);
            assert_eq!(value, None, "{}", field.name);
        }
        for field in Head::FIELDS {
            assert_eq!(Value::read(field, Head::ABSENT.as_bytes(), &[]), None, "{}", field.name);
        }
    }

    #[test]
    fn a_present_field_is_read() {
        let body = FileMode { mode: Mode(0o644), ..FileMode::ABSENT };
        let field = FileMode::FIELDS.iter().find(|f| f.name == "file.mode").unwrap();
        assert_eq!(Value::read(field, body.as_bytes(), &[]), Some(Value::Mode(0o644)));
    }
}
