// SPDX-License-Identifier: Apache-2.0
//! What values a setting allows, and how to say it.
use super::types::Setting;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A limit on the values of a setting.
pub trait Bounds<T> {
    /// Whether a value is allowed.
    fn allow(&self, value: &T) -> bool;
    /// The allowed values in words; empty when all are.
    fn words(&self) -> String;
}

/// Reads and checks a value.
///
/// # Errors
/// What is wrong with it and what is allowed.
pub fn checked<T: Setting>(text: &str, bounds: &impl Bounds<T>) -> Result<T, String> {
    let words = describe::<T>(bounds);
    let value = T::read(text).map_err(|why| match words.as_str() {
        "" => why,
        words => format!("{why}; must be {words}"),
    })?;
    if bounds.allow(&value) { Ok(value) } else { Err(format!("must be {words}")) }
}

/// The allowed values in words; empty when the type says it all.
pub fn describe<T: Setting>(bounds: &impl Bounds<T>) -> String {
    bounds.words()
}

/// Every value of the type.
pub struct Any;

impl<T> Bounds<T> for Any {
    fn allow(&self, _value: &T) -> bool {
        true
    }
    fn words(&self) -> String {
        String::new()
    }
}

impl<T: PartialOrd + Display> Bounds<T> for RangeInclusive<T> {
    fn allow(&self, value: &T) -> bool {
        self.contains(value)
    }
    fn words(&self) -> String {
        format!("{}..={}", self.start(), self.end())
    }
}

/// 0, which means something of its own, or a range.
pub struct ZeroOr<T>(pub RangeInclusive<T>);

impl<T: PartialOrd + Display + Setting> Bounds<T> for ZeroOr<T> {
    fn allow(&self, value: &T) -> bool {
        value.is_zero() || self.0.contains(value)
    }
    fn words(&self) -> String {
        format!("0 or {}", self.0.words())
    }
}

/// A power of two in a range.
pub struct PowerOfTwo(pub RangeInclusive<u32>);

impl Bounds<u32> for PowerOfTwo {
    fn allow(&self, value: &u32) -> bool {
        value.is_power_of_two() && self.0.contains(value)
    }
    fn words(&self) -> String {
        format!("a power of two in {}", self.0.words())
    }
}

/// Each item of a list is one of these.
pub struct OneOf(pub &'static [&'static str]);

impl Bounds<Vec<String>> for OneOf {
    fn allow(&self, value: &Vec<String>) -> bool {
        !value.is_empty() && value.iter().all(|item| self.0.contains(&item.as_str()))
    }
    fn words(&self) -> String {
        format!("one or more of {}", self.0.join(", "))
    }
}

/// A path from the root: a daemon has no working directory to speak of.
pub struct Absolute;

impl Bounds<PathBuf> for Absolute {
    fn allow(&self, value: &PathBuf) -> bool {
        value.is_absolute()
    }
    fn words(&self) -> String {
        "an absolute path".to_owned()
    }
}

/// An absolute path that fits a Unix socket address (`sun_path` is 108 bytes with its NUL).
pub struct SocketPath;

impl Bounds<PathBuf> for SocketPath {
    fn allow(&self, value: &PathBuf) -> bool {
        value.is_absolute() && bytes_of(value) < 108
    }
    fn words(&self) -> String {
        "an absolute path of at most 107 bytes".to_owned()
    }
}

fn bytes_of(path: &Path) -> usize {
    path.as_os_str().len()
}
