// SPDX-License-Identifier: Apache-2.0
//! One comparison of a field with what a query says, as a question to a value.
use crate::event::Value;
use common::matching::cidr::Cidr;
use common::matching::{exact, glob, prefix};
use common::value::ProcessKey;

/// What is asked of a present value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is there.
    Exists,
    /// It lies on one side of a number.
    Order(Order, i128),
    /// It is one of these numbers.
    Numbers(Vec<i128>),
    /// It has all of these bits.
    Bits(u64),
    /// It is a text like this.
    Text(TextTest),
    /// It lies in one of these networks.
    Networks(Vec<Cidr>),
    /// It is one of these processes.
    Processes(Vec<ProcessKey>),
}

/// `<`, `<=`, `>`, `>=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// What is asked of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// It is one of these.
    OneOf(Vec<Vec<u8>>),
    /// It begins with this.
    Prefix(Vec<u8>),
    /// All of it matches this pattern; the separator is what `*` stops at.
    Glob(Vec<u8>, Option<u8>),
    /// It has this somewhere.
    Contains(Vec<u8>),
}

impl TextTest {
    /// Asks one text.
    pub fn hits(&self, text: &[u8]) -> bool {
        match self {
            TextTest::OneOf(list) => list.iter().any(|one| exact::hits(one, text)),
            TextTest::Prefix(start) => prefix::hits(start, text),
            TextTest::Glob(pattern, separator) => glob::hits(pattern, text, *separator),
            TextTest::Contains(part) => contains(text, part),
        }
    }
}

impl Order {
    fn holds(self, value: i128, bound: i128) -> bool {
        match self {
            Order::Below => value < bound,
            Order::AtMost => value <= bound,
            Order::Above => value > bound,
            Order::AtLeast => value >= bound,
        }
    }
}

impl Test {
    /// Asks a value; of a list, any element may say yes.
    pub fn hits(&self, value: Value<'_>) -> bool {
        match self {
            Test::Exists => true,
            Test::Order(order, bound) => number(value).is_some_and(|n| order.holds(n, *bound)),
            Test::Numbers(list) => number(value).is_some_and(|n| list.contains(&n)),
            Test::Bits(mask) => match value {
                Value::Flags(bits, _) => bits & mask == *mask,
                Value::Mode(mode) => u64::from(mode) & mask == *mask,
                _ => false,
            },
            Test::Text(test) => text(test, value),
            Test::Networks(list) => match value {
                Value::Ip(address) => list.iter().any(|network| network.hits(&address)),
                Value::IpList(all) => all
                    .as_chunks::<16>()
                    .0
                    .iter()
                    .any(|address| list.iter().any(|network| network.hits(address))),
                _ => false,
            },
            Test::Processes(list) => match value {
                Value::ProcessKey(key) => list.contains(&key),
                _ => false,
            },
        }
    }
}

/// The number of a scalar; permission bits alone of a mode.
pub fn number(value: Value<'_>) -> Option<i128> {
    Some(match value {
        Value::Uint(n) | Value::Time(n) | Value::BootTime(n) | Value::Duration(n) => n.into(),
        Value::Int(n) => n.into(),
        Value::Errno(n) => n.into(),
        Value::Mode(mode) => (mode & 0o7777).into(),
        Value::Device(n) => n.into(),
        Value::Name(n, _) => n.into(),
        _ => return None,
    })
}

fn text(test: &TextTest, value: Value<'_>) -> bool {
    match value {
        Value::Text(text) => test.hits(text),
        Value::TextList(all) => all
            .strip_suffix(&[0])
            .unwrap_or(all)
            .split(|byte| *byte == 0)
            .any(|text| test.hits(text)),
        Value::Bytes(bytes) => test.hits(&hexadecimal(bytes)),
        Value::Hash(hash) => test.hits(&hexadecimal(&hash)),
        _ => false,
    }
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    match part.first() {
        None => true,
        Some(first) => text.windows(part.len()).any(|w| w.first() == Some(first) && w == part),
    }
}
