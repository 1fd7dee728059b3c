// SPDX-License-Identifier: Apache-2.0
//! Counts, bytes and spans of time as people read them.

/// `1234567` as `1 234 567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes with a binary unit and three digits at most: `12.3 MiB`.
pub fn bytes(n: u64) -> String {
    let mut shown = n as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if shown < 1000.0 {
            let places = usize::from(unit != "B" && shown < 100.0);
            return format!("{shown:.places$} {unit}");
        }
        shown /= 1024.0;
    }
    format!("{shown:.1} TiB")
}

/// Seconds in the two largest units: `2 h 5 min`.
pub fn span(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, span};

    #[test]
    fn amounts_read_well() {
        assert_eq!((count(7), count(1_234_567)), ("7".to_owned(), "1 234 567".to_owned()));
        assert_eq!((bytes(512), bytes(12_897_485)), ("512 B".to_owned(), "12.3 MiB".to_owned()));
        assert_eq!((span(59), span(7500)), ("59 s".to_owned(), "2 h 5 min".to_owned()));
        assert_eq!(span(90_000), "1 d 1 h");
    }
}
