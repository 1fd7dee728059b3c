// SPDX-License-Identifier: Apache-2.0
//! Variable-length numbers: 7 bits a byte, low bits first, as every column and table uses them.
use std::fmt;

/// Bytes from disk that do not say what they should; the text names the check that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A 32-bit number as an index; lossless on every host this builds for.
#[inline]
pub fn at(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A length as 32 bits; what is counted here is bounded far below that.
#[inline]
pub fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A length as 64 bits.
#[inline]
pub fn long(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The low byte of a number.
#[inline]
fn low(n: u64) -> u8 {
    n.to_le_bytes()[0]
}

/// Appends one number.
#[inline]
pub fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(low(n) | 0x80);
        n >>= 7;
    }
    out.push(low(n));
}

/// Small for small distances of either sign.
#[inline]
pub fn zigzag(n: i64) -> u64 {
    (n.cast_unsigned() << 1) ^ (n >> 63).cast_unsigned()
}

/// The inverse of [`zigzag`].
#[inline]
pub fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
}

/// Appends a difference, or the mark for "absent" (`None`).
///
/// Absent is 0 and a difference is one more than its zigzag; the one zigzag that has no successor
/// is written as the two-byte form of 0, which nothing else produces.
#[inline]
pub fn put_difference(out: &mut Vec<u8>, difference: Option<u64>) {
    match difference.map(|d| zigzag(d.cast_signed()).checked_add(1)) {
        None => out.push(0),
        Some(Some(code)) => put(out, code),
        Some(None) => out.extend_from_slice(&[0x80, 0]),
    }
}

/// Reads numbers one after another.
#[derive(Clone, Debug)]
pub struct Numbers<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Numbers<'a> {
    /// From the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Numbers { bytes, place: 0 }
    }

    /// Whether everything was read.
    pub fn done(&self) -> bool {
        self.place >= self.bytes.len()
    }

    /// The next number.
    ///
    /// # Errors
    /// When the bytes end inside a number, or it has more than 64 bits.
    #[inline]
    pub fn next(&mut self) -> Result<u64, Broken> {
        let mut n = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = *self.bytes.get(self.place).ok_or(Broken("a number is cut short"))?;
            self.place += 1;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
            shift += 7;
            if shift > 63 {
                return Err(Broken("a number has more than 64 bits"));
            }
        }
    }

    /// The next number, which must fit 32 bits.
    ///
    /// # Errors
    /// As [`Numbers::next`].
    pub fn next_short(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.next()?).map_err(|_| Broken("a number has more than 32 bits"))
    }

    /// What [`put_difference`] wrote.
    ///
    /// # Errors
    /// As [`Numbers::next`].
    #[inline]
    pub fn next_difference(&mut self) -> Result<Option<u64>, Broken> {
        let start = self.place;
        let code = self.next()?;
        if code == 0 {
            let whole = self.place - start == 1;
            return Ok(if whole { None } else { Some(unzigzag(u64::MAX).cast_unsigned()) });
        }
        Ok(Some(unzigzag(code - 1).cast_unsigned()))
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Broken> {
        let end = self.place.checked_add(n).ok_or(Broken("a length is too large"))?;
        let bytes = self.bytes.get(self.place..end).ok_or(Broken("bytes are cut short"))?;
        self.place = end;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbers, put, put_difference};

    #[test]
    fn numbers_read_back() {
        let all = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        let mut bytes = Vec::new();
        all.iter().for_each(|n| put(&mut bytes, *n));
        let mut numbers = Numbers::new(&bytes);
        for n in all {
            assert_eq!(numbers.next().unwrap(), n);
        }
        assert!(numbers.done() && numbers.next().is_err());
    }

    #[test]
    fn differences_and_absence_read_back() {
        let all = [None, Some(0), Some(1), Some(u64::MAX), Some(1 << 63), Some((1 << 63) - 1)];
        let mut bytes = Vec::new();
        all.iter().for_each(|d| put_difference(&mut bytes, *d));
        let mut numbers = Numbers::new(&bytes);
        for d in all {
            assert_eq!(numbers.next_difference().unwrap(), d);
        }
    }
}
