// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Shell patterns without recursion: at most two places to fall back to are remembered.
//!
//! | pattern | matches |
//! |---|---|
//! | `?` | one byte but the separator |
//! | `*` | any bytes but the separator |
//! | `**` | any bytes |
//! | `**` and `/` | nothing, or any directories |
//! | `[a-z]` `[!a-z]` | one byte of (not of) the set, never the separator |
//! | `\x` | `x` itself |
//!
//! Why two places suffice: the latest `**` that can start later is always the better one to move,
//! and a `*` cannot leave its component, so once the component is behind, it is settled.
//! Work is bounded by pattern length × subject length × longest component.

/// Why a pattern is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// Longer than [`crate::limits::PATTERN_BYTES_MAX`].
    TooLong,
    /// A `[` at this byte has no `]`.
    Unclosed(usize),
    /// It ends in a lone `\`.
    Escape,
}

/// Checks a pattern once, where people can still be told.
///
/// # Errors
/// The first thing wrong with it.
pub fn check(pattern: &[u8]) -> Result<(), Bad> {
    if pattern.len() > crate::limits::PATTERN_BYTES_MAX {
        return Err(Bad::TooLong);
    }
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        at += match byte {
            b'\\' if at + 1 == pattern.len() => return Err(Bad::Escape),
            b'\\' => 2,
            b'[' => set_len(pattern, at).ok_or(Bad::Unclosed(at))?,
            _ => 1,
        };
    }
    Ok(())
}

/// A place to fall back to: the pattern behind the star, and where in the subject it resumes.
#[derive(Clone, Copy)]
struct Star {
    pattern: usize,
    subject: usize,
}

/// Whether the whole of `subject` matches. `separator` is what `*`, `?` and sets stop at
/// (`Some(b'/')` for paths, `None` for other texts). A pattern that [`check`] refuses hits nothing.
pub fn hits(pattern: &[u8], subject: &[u8], separator: Option<u8>) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<Star> = None;
    let mut wide: Option<(Star, bool)> = None;
    loop {
        if pattern.get(at..).is_some_and(|rest| rest.starts_with(b"**")) {
            let whole = separator.is_some() && whole_directories(pattern, at, separator);
            at += if whole { 3 } else { 2 };
            wide = Some((Star { pattern: at, subject: seen }, whole));
            star = None;
            continue;
        }
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some(Star { pattern: at, subject: seen });
            continue;
        }
        match subject.get(seen) {
            None if at == pattern.len() => return true,
            Some(byte) => {
                if let Some(len) = one(pattern, at, *byte, separator) {
                    at += len;
                    seen += 1;
                    continue;
                }
            }
            None => {}
        }
        let Some(next) = fall_back(subject, separator, &mut star, &mut wide) else {
            return false;
        };
        (at, seen) = (next.pattern, next.subject);
    }
}

/// Moves the nearest star one byte on; a `*` that meets a separator gives way to the `**`.
fn fall_back(
    subject: &[u8],
    separator: Option<u8>,
    star: &mut Option<Star>,
    wide: &mut Option<(Star, bool)>,
) -> Option<Star> {
    if let Some(place) = star {
        match subject.get(place.subject) {
            Some(byte) if Some(*byte) != separator => {
                place.subject += 1;
                return Some(*place);
            }
            _ => *star = None,
        }
    }
    let (place, whole) = wide.as_mut()?;
    let rest = subject.get(place.subject..).filter(|rest| !rest.is_empty())?;
    place.subject +=
        if *whole { rest.iter().position(|byte| Some(*byte) == separator)? + 1 } else { 1 };
    Some(*place)
}

/// `**/` at the start or behind a separator stands for whole directories, also none.
fn whole_directories(pattern: &[u8], at: usize, separator: Option<u8>) -> bool {
    let before = at.checked_sub(1).and_then(|before| pattern.get(before)).copied();
    (at == 0 || before == separator) && pattern.get(at + 2).copied() == separator
}

/// Matches one byte; says how much pattern it took.
fn one(pattern: &[u8], at: usize, byte: u8, separator: Option<u8>) -> Option<usize> {
    let is_separator = Some(byte) == separator;
    match *pattern.get(at)? {
        b'?' => (!is_separator).then_some(1),
        b'\\' => (*pattern.get(at + 1)? == byte).then_some(2),
        b'[' => {
            let len = set_len(pattern, at)?;
            let set = pattern.get(at + 1..at + len - 1)?;
            (!is_separator && set_has(set, byte)).then_some(len)
        }
        literal => (literal == byte).then_some(1),
    }
}

/// Bytes of a set from `[` to `]`; a `]` that comes first is a member.
fn set_len(pattern: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    if pattern.get(end) == Some(&b'!') {
        end += 1;
    }
    let first = end;
    loop {
        match pattern.get(end)? {
            b']' if end > first => return Some(end + 1 - at),
            _ => end += 1,
        }
    }
}

fn set_has(set: &[u8], byte: u8) -> bool {
    let (negated, mut rest) = match set {
        [b'!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut found = false;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let mut last = first;
        if let [b'-', high, behind @ ..] = rest {
            last = high;
            rest = behind;
        }
        found |= (*first..=*last).contains(&byte);
    }
    found != negated
}
