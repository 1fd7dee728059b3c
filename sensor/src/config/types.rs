// SPDX-License-Identifier: Apache-2.0
//! The types a setting may have: how each is read, shown, and combined with an earlier value.
use super::{Merge, Taken};
use std::path::PathBuf;

/// A type that a row of the settings table may have.
pub trait Setting: Sized + PartialEq {
    /// Its name in help.
    const TYPE: &'static str;

    /// From the text after `=`.
    ///
    /// # Errors
    /// A sentence that says what the text is not.
    fn read(text: &str) -> Result<Self, String>;

    /// Back to text that [`Setting::read`] takes.
    fn show(&self) -> String;

    /// Combines `value` into `self`. `earlier` says whether `self` was given by a file before;
    /// a default never competes with a given value.
    fn take(&mut self, value: Self, merge: Merge, earlier: bool) -> Taken {
        if earlier && !wins(self, &value, merge) {
            return Taken::Kept;
        }
        *self = value;
        Taken::Replaced
    }

    /// Whether `value` is larger, for the rules that ask. `false > true` never holds.
    fn exceeds(&self, _value: &Self) -> bool {
        false
    }

    /// Whether 0 stands for "unlimited" and this is it.
    fn is_zero(&self) -> bool {
        false
    }
}

fn wins<T: Setting>(held: &T, value: &T, merge: Merge) -> bool {
    match merge {
        Merge::Last | Merge::Union => true,
        Merge::Max | Merge::Any => value.exceeds(held),
        Merge::Min | Merge::All => held.exceeds(value),
        Merge::MaxOrUnlimited => !held.is_zero() && (value.is_zero() || value.exceeds(held)),
    }
}

macro_rules! whole_numbers {
    ($($ty:ident)+) => { $( impl Setting for $ty {
        const TYPE: &'static str = stringify!($ty);
        fn read(text: &str) -> Result<Self, String> {
            text.parse().map_err(|_| whole_number_why(text, u64::from($ty::MAX)))
        }
        fn show(&self) -> String {
            self.to_string()
        }
        fn exceeds(&self, value: &Self) -> bool {
            self > value
        }
        fn is_zero(&self) -> bool {
            *self == 0
        }
    } )+ };
}
whole_numbers! { u8 u32 u64 }

fn whole_number_why(text: &str, max: u64) -> String {
    match text.parse::<u128>() {
        Ok(_) => format!("larger than {max}"),
        Err(_) => "not a whole number".to_owned(),
    }
}

impl Setting for bool {
    const TYPE: &'static str = "bool";
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err("neither true nor false".to_owned()),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn exceeds(&self, value: &Self) -> bool {
        *self && !*value
    }
}

impl Setting for String {
    const TYPE: &'static str = "name";
    fn read(text: &str) -> Result<Self, String> {
        if text.contains(char::is_whitespace) {
            return Err("a name has no spaces".to_owned());
        }
        Ok(text.to_owned())
    }
    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for PathBuf {
    const TYPE: &'static str = "path";
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("empty".to_owned()) } else { Ok(PathBuf::from(text)) }
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for Vec<String> {
    const TYPE: &'static str = "list";
    fn read(text: &str) -> Result<Self, String> {
        let items = text.split([',', ' ', '\t']).filter(|item| !item.is_empty());
        let mut list: Vec<String> = Vec::new();
        for item in items {
            if !list.iter().any(|known| known == item) {
                list.push(item.to_owned());
            }
        }
        Ok(list)
    }
    fn show(&self) -> String {
        self.join(", ")
    }
    fn take(&mut self, value: Self, merge: Merge, earlier: bool) -> Taken {
        if !earlier || merge != Merge::Union {
            *self = value;
            return Taken::Replaced;
        }
        for item in value {
            if !self.contains(&item) {
                self.push(item);
            }
        }
        Taken::Joined
    }
}

/// Permission bits, written in octal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(pub u32);

impl Setting for FileMode {
    const TYPE: &'static str = "mode";
    fn read(text: &str) -> Result<Self, String> {
        match u32::from_str_radix(text, 8) {
            Ok(bits) if bits & !0o666 == 0 => Ok(FileMode(bits)),
            Ok(_) => Err("only read and write bits, 0000 to 0666, make sense".to_owned()),
            Err(_) => Err("not an octal number".to_owned()),
        }
    }
    fn show(&self) -> String {
        format!("{:04o}", self.0)
    }
}

/// Declares a setting with a few named values.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident {
        $( $(#[doc = $help:literal])+ $value:ident $text:literal, )+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $help])+ $value, )+ }
        impl Setting for $name {
            const TYPE: &'static str = concat!("choice of" $(, " ", $text)+);
            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $( $text => Ok($name::$value), )+
                    _ => Err(format!("not one of {}", [$($text),+].join(", "))),
                }
            }
            fn show(&self) -> String {
                match self { $( $name::$value => $text.to_owned(), )+ }
            }
        }
    };
}

choice! {
    /// Resolution of stored times.
    Resolution {
        /// Microseconds.
        Us "us",
        /// Nanoseconds.
        Ns "ns",
    }
}

choice! {
    /// The least important line that is still written.
    LogLevel {
        /// What stops the recorder or loses history.
        Error "error",
        /// What degrades it.
        Warn "warn",
        /// What it does.
        Info "info",
        /// Why it does it.
        Debug "debug",
        /// Each step.
        Trace "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::{Merge, Setting, Taken};

    fn merged<T: Setting + Clone>(values: &[T], merge: Merge) -> T {
        let mut held = values[0].clone();
        for (at, value) in values.iter().enumerate() {
            held.take(value.clone(), merge, at > 0);
        }
        held
    }

    #[test]
    fn each_rule_does_what_it_says() {
        assert_eq!(merged(&[3_u32, 9, 5], Merge::Last), 5);
        assert_eq!(merged(&[3_u32, 9, 5], Merge::Max), 9);
        assert_eq!(merged(&[3_u32, 9, 0], Merge::MaxOrUnlimited), 0);
        assert_eq!(merged(&[0_u32, 9], Merge::MaxOrUnlimited), 0);
        assert_eq!(merged(&[3_u32, 9, 2], Merge::Min), 2);
        assert!(!merged(&[true, false, true], Merge::All));
        assert!(merged(&[false, true, false], Merge::Any));
        let lists = [vec!["b".to_owned()], vec!["a".to_owned(), "b".to_owned()]];
        assert_eq!(merged(&lists, Merge::Union), ["b", "a"]);
    }

    #[test]
    fn a_default_never_competes() {
        let mut held = 1024_u64;
        assert_eq!(held.take(100, Merge::Max, false), Taken::Replaced);
        assert_eq!(held, 100);
    }
}
