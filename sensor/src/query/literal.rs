// SPDX-License-Identifier: Apache-2.0
//! What people write for a value, read by the type of the field it is compared with.
use super::catalog::{Known, closest};
use super::when::{Clock, DURATIONS, TIMES, duration};
use crate::event::{Derived, read_key};
use common::event::Kind;
use common::matching::cidr::Cidr;
use common::names::Class;
use common::value::{ProcessKey, Type};

/// Longest list of candidates in a message.
const CANDIDATES_MAX: usize = 12;

/// Reads a number of any scalar type.
///
/// # Errors
/// What was expected.
pub fn number(known: &Known, word: &str, clock: &Clock) -> Result<i128, String> {
    let expected = |what: &str| Err(format!("expected {what} for `{}`", known.name));
    let found = match known.ty {
        Type::Uint => size(word),
        Type::Int => word.parse().ok(),
        Type::Duration => duration(word).map(i128::from).or_else(|| plain(word)),
        Type::BootTime => duration(word).map(i128::from).or_else(|| plain(word)),
        Type::Time => clock.read(word).map(i128::from),
        Type::Mode => octal(word),
        Type::Device => device(word),
        Type::Errno => errno(word),
        Type::Name(names) => match named(names, word) {
            Some(number) => Some(number.into()),
            None => {
                let list: Vec<&str> = names.iter().map(|(_, name)| *name).collect();
                return expected(&one_of(&list, word));
            }
        },
        _ => None,
    };
    match (found, known.ty) {
        (Some(number), _) => Ok(number),
        (None, Type::Time) => expected(TIMES),
        (None, Type::Duration | Type::BootTime) => expected(DURATIONS),
        (None, Type::Mode) => expected("octal permission bits such as 0755"),
        (None, Type::Device) => expected("a device such as 8:1"),
        (None, Type::Errno) => expected("an error name such as EPERM, or `success`"),
        (None, Type::Uint) => expected("a number such as 443, 0x1bb, 10MB or 4KiB"),
        _ => expected("a number"),
    }
}

/// Reads the bits of a set: a name, or a number.
///
/// # Errors
/// What was expected.
pub fn bits(known: &Known, word: &str) -> Result<u64, String> {
    let found = match known.ty {
        Type::Flags(names) => match names.iter().find(|(_, name)| *name == word) {
            Some((bit, _)) => Some(1u64 << bit),
            None => size(word).and_then(|n| u64::try_from(n).ok()),
        },
        Type::Mode => octal(word).and_then(|n| u64::try_from(n).ok()),
        _ => None,
    };
    found.ok_or_else(|| match known.ty {
        Type::Flags(names) => {
            let list: Vec<&str> = names.iter().map(|(_, name)| *name).collect();
            format!("expected {} for `{}`", one_of(&list, word), known.name)
        }
        _ => format!("expected octal bits such as 04000 for `{}`", known.name),
    })
}

/// Reads a process: `pid-start`, as every output writes it.
///
/// # Errors
/// What was expected.
pub fn process(known: &Known, word: &str) -> Result<ProcessKey, String> {
    read_key(word).ok_or_else(|| {
        format!(
            "expected a process such as 4711-2n9c4a for `{}` (a pid is process.pid)",
            known.name
        )
    })
}

/// Reads an address or a network.
///
/// # Errors
/// What was expected.
pub fn network(known: &Known, word: &str) -> Result<Cidr, String> {
    Cidr::parse(word).ok_or_else(|| {
        format!("expected an address or network such as 10.0.0.0/8 for `{}`", known.name)
    })
}

/// Reads a word of a closed list; the kind's short word is enough where it is unambiguous.
///
/// # Errors
/// The candidates.
pub fn word(known: &Known, derived: Derived, text: &str) -> Result<&'static str, String> {
    let words = derived.words().unwrap_or_default();
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Ok(word);
    }
    if derived == Derived::Action {
        return action(text);
    }
    Err(format!("expected {} for `{}`", one_of(&words, text), known.name))
}

/// `write` is `file_write`: the kind whose class is left out; else the only one that ends so.
fn action(text: &str) -> Result<&'static str, String> {
    let class = |kind: &Kind| {
        let id = u64::from(kind.class().0);
        Class::NAMES.iter().find(|(number, _)| *number == id).map_or("", |(_, name)| *name)
    };
    let with_class =
        |kind: &&Kind| kind.name().strip_prefix(class(kind)) == Some(&format!("_{text}"));
    if let Some(kind) = Kind::ALL.iter().find(with_class) {
        return Ok(kind.name());
    }
    let tail = format!("_{text}");
    let ends: Vec<&str> =
        Kind::ALL.iter().map(|kind| kind.name()).filter(|name| name.ends_with(&tail)).collect();
    match ends.as_slice() {
        [only] => Ok(Kind::ALL.iter().find(|k| k.name() == *only).map_or("", |k| k.name())),
        [] => {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            Err(format!("expected {}", one_of(&all, text)))
        }
        several => {
            Err(format!("`{text}` may be {}: name one, or use `in (...)`", several.join(", ")))
        }
    }
}

/// The candidates nearest to a word, or the whole of a short list.
fn one_of(list: &[&str], word: &str) -> String {
    let near = closest(word, list);
    match (near.is_empty(), list.len() <= CANDIDATES_MAX) {
        (false, _) => format!("a name such as {}", near.join(", ")),
        (true, true) => format!("one of {}", list.join(", ")),
        (true, false) => {
            let some: Vec<&str> = list.iter().take(CANDIDATES_MAX).copied().collect();
            format!("one of {}, ... ({} names; see `tarsier fields`)", some.join(", "), list.len())
        }
    }
}

fn named(names: &[(u64, &str)], word: &str) -> Option<u64> {
    let same = |name: &str| {
        name.eq_ignore_ascii_case(word)
            || name.strip_prefix("SIG").is_some_and(|short| short.eq_ignore_ascii_case(word))
    };
    names
        .iter()
        .find(|(_, name)| same(name))
        .map(|(number, _)| *number)
        .or_else(|| plain(word).and_then(|n| u64::try_from(n).ok()))
}

fn errno(word: &str) -> Option<i128> {
    if word.eq_ignore_ascii_case("success") {
        return Some(0);
    }
    let found = common::errno::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
    found.map(|(number, _)| i128::from(*number)).or_else(|| plain(word))
}

fn plain(word: &str) -> Option<i128> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten()
}

fn octal(word: &str) -> Option<i128> {
    let digits = word.strip_prefix("0o").unwrap_or(word);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    plain.then(|| i128::from_str_radix(digits, 8).ok()).flatten().filter(|n| *n <= 0o7777)
}

fn device(word: &str) -> Option<i128> {
    let (major, minor) = word.split_once(':')?;
    let (major, minor) = (plain(major)?, plain(minor)?);
    (major < 1 << 12 && minor < 1 << 20).then_some(major << 20 | minor)
}

/// `443`, `0x1bb`, `10MB` (millions) or `4KiB`.
fn size(word: &str) -> Option<i128> {
    if let Some(digits) = word.strip_prefix("0x") {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten().map(i128::from);
    }
    const UNITS: &[(&str, i128)] = &[
        ("", 1),
        ("b", 1),
        ("k", 1_000),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
    ];
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (digits, unit) = word.split_at_checked(end)?;
    let (_, each) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    plain(digits)?.checked_mul(*each)
}
