// SPDX-License-Identifier: Apache-2.0
//! Bytes of strangers as text that does nothing: a file name must not drive the terminal.
//!
//! Kept: printable UTF-8. Written as `\n`, `\t`, `\xNN` or `\u{N}`: control characters, bytes that
//! are no UTF-8, and characters that reorder or hide what follows them. A backslash is doubled, so
//! that nothing is lost.
use std::fmt::Write;

/// Text that is safe on a terminal and one line.
pub fn terminal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str(r"\\"),
                '\n' => text.push_str(r"\n"),
                '\t' => text.push_str(r"\t"),
                _ if c.is_ascii_control() => hex(&mut text, u32::from(c)),
                _ if c.is_control() || misleads(c) => text.extend(c.escape_unicode()),
                _ => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut text, u32::from(*byte)));
    }
    text
}

/// Text for a JSON string and whether it had to be changed: bytes that are no UTF-8 are written
/// as `\xNN`, and a backslash in such a text is doubled. UTF-8 stays as it is.
pub fn json(bytes: &[u8]) -> (String, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), false);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', r"\\"));
        chunk.invalid().iter().for_each(|byte| hex(&mut text, u32::from(*byte)));
    }
    (text, true)
}

fn hex(text: &mut String, byte: u32) {
    // Writing into a String cannot fail.
    let _infallible = write!(text, "\\x{byte:02x}");
}

/// Bidirectional overrides, zero-width, tag and line-breaking characters.
fn misleads(c: char) -> bool {
    const RANGES: &[(char, char)] = &[
        ('\u{ad}', '\u{ad}'),
        ('\u{61c}', '\u{61c}'),
        ('\u{200b}', '\u{200f}'),
        ('\u{2028}', '\u{202e}'),
        ('\u{2060}', '\u{206f}'),
        ('\u{feff}', '\u{feff}'),
        ('\u{fff9}', '\u{fffb}'),
        ('\u{e0000}', '\u{e007f}'),
    ];
    RANGES.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::{json, terminal};

    #[test]
    fn nothing_reaches_the_terminal() {
        assert_eq!(terminal(b"a\x1b[31mb\x07\r\n\t\x7f"), r"a\x1b[31mb\x07\x0d\n\t\x7f");
        assert_eq!(terminal("\u{9b}31m\u{202e}gpj.exe".as_bytes()), r"\u{9b}31m\u{202e}gpj.exe");
        assert_eq!(terminal(b"caf\xc3\xa9 \xff\\"), "café \\xff\\\\");
    }

    #[test]
    fn json_keeps_every_byte() {
        assert_eq!(json("é\\\n".as_bytes()), ("é\\\n".to_owned(), false));
        assert_eq!(json(b"\\\xff\xc3"), (r"\\\xff\xc3".to_owned(), true));
    }
}
