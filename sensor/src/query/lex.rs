// SPDX-License-Identifier: Apache-2.0
//! A query as tokens, each with its place.
//!
//! A bare word is anything without spaces, quotes, brackets, commas and operator signs. In single
//! quotes everything is itself; in double quotes `\"`, `\\`, `\n`, `\t` and `\xNN` are one byte.
use super::error::QueryError;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A bare word.
    Word(String),
    /// A quoted text; bytes, because a path need not be UTF-8.
    Quoted(Vec<u8>),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `^=` or `~`.
    Sign(&'static str),
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
    /// Behind the last token.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The token.
    pub token: Token,
    /// First byte.
    pub start: usize,
    /// One behind the last byte.
    pub end: usize,
}

/// Longest first, so that `<=` is not `<`.
const SIGNS: &[(&str, &str)] = &[
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("^=", "^="),
    ("==", "="),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("~", "~"),
];

/// Longest query, in bytes.
const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Cuts a query into tokens; the last is always [`Token::End`].
///
/// # Errors
/// A quote that is not closed, an escape that is none, a sign that is none, a query too long.
pub fn tokens(query: &str) -> Result<Vec<Placed>, QueryError> {
    let wrong = |start, end, what: &str, hint: &str| {
        Err(QueryError { query: query.into(), start, end, what: what.into(), hint: hint.into() })
    };
    if query.len() > QUERY_BYTES_MAX {
        return wrong(query.len(), query.len(), "the query is too long", "64 KiB are the most");
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = query.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = query.get(at..).unwrap_or_default();
        let start = at;
        let token = match c {
            _ if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' | '"' => {
                let (bytes, len) = quoted(query, at)?;
                at += len;
                found.push(Placed { token: Token::Quoted(bytes), start, end: at });
                continue;
            }
            _ => match SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                Some((sign, meaning)) => {
                    at += sign.len();
                    found.push(Placed { token: Token::Sign(meaning), start, end: at });
                    continue;
                }
                None if matches!(c, '!' | '^') => {
                    let hint = if c == '!' { "write `!=` or `not`" } else { "write `^=`" };
                    return wrong(at, at + 1, &format!("`{c}` alone means nothing"), hint);
                }
                None => {
                    let len = rest.find(ends_word).unwrap_or(rest.len());
                    at += len;
                    let word = rest.get(..len).unwrap_or_default().to_owned();
                    found.push(Placed { token: Token::Word(word), start, end: at });
                    continue;
                }
            },
        };
        at += 1;
        found.push(Placed { token, start, end: at });
    }
    found.push(Placed { token: Token::End, start: query.len(), end: query.len() });
    Ok(found)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "()\"',=!<>~^".contains(c)
}

/// Reads a quoted text at `at`; returns its bytes and its length in the query.
fn quoted(query: &str, at: usize) -> Result<(Vec<u8>, usize), QueryError> {
    let text = query.get(at..).unwrap_or_default().as_bytes();
    let quote = text.first().copied().unwrap_or(b'"');
    let mut bytes = Vec::new();
    let mut i = 1;
    loop {
        match text.get(i) {
            None => {
                return Err(QueryError {
                    query: query.into(),
                    start: at,
                    end: query.len(),
                    what: "the quote is not closed".into(),
                    hint: format!("expected a second {}", char::from(quote)),
                });
            }
            Some(byte) if *byte == quote => return Ok((bytes, i + 1)),
            Some(b'\\') if quote == b'"' => {
                let (byte, len) =
                    escape(text.get(i..).unwrap_or_default()).ok_or_else(|| QueryError {
                        query: query.into(),
                        start: at + i,
                        end: at + i + 1,
                        what: "this escape is none".into(),
                        hint: r#"expected \" \\ \n \t or \xNN; in '…' a backslash is itself"#
                            .into(),
                    })?;
                bytes.push(byte);
                i += len;
            }
            Some(byte) => {
                bytes.push(*byte);
                i += 1;
            }
        }
    }
}

fn escape(text: &[u8]) -> Option<(u8, usize)> {
    Some(match text.get(1)? {
        b'"' => (b'"', 2),
        b'\\' => (b'\\', 2),
        b'n' => (b'\n', 2),
        b't' => (b'\t', 2),
        b'x' => {
            let digits = std::str::from_utf8(text.get(2..4)?).ok()?;
            let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            (plain.then(|| u8::from_str_radix(digits, 16).ok()).flatten()?, 4)
        }
        _ => return None,
    })
}
