// SPDX-License-Identifier: Apache-2.0
//! The query language: tokens in, checked comparisons out.
//!
//! ```text
//! query   = or
//! or      = and { "or" and }
//! and     = not { "and" not }
//! not     = "not" not | "(" or ")" | "exists" FIELD | FIELD compare
//! compare = ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "^=" | "~" | "glob" | "contains" ) value
//!         | [ "not" ] "in" ( value | "(" value { "," value } ")" )
//! ```
//! Everything is checked against the field tables here, so that running a query cannot fail on
//! what it says.
use super::catalog::{self, Known, is_path};
use super::error::QueryError;
use super::expr::{Comparison, Expr};
use super::lex::{Placed, Token, tokens};
use super::literal;
use super::test::{Order, Test, TextTest};
use super::when::Clock;
use common::limits::PATTERN_BYTES_MAX;
use common::matching::glob;
use common::value::Type;

/// Deepest nesting of brackets and `not`.
const DEPTH_MAX: usize = 64;

/// Understands a query; the empty one holds for every event.
///
/// # Errors
/// What is wrong, with its place and what was expected.
pub fn parse(query: &str, clock: &Clock) -> Result<Expr, QueryError> {
    let tokens = tokens(query)?;
    let mut parser = Parser { query, tokens, at: 0, depth: 0, clock };
    if parser.peek().token == Token::End {
        return Ok(Expr::everything());
    }
    let expr = parser.any()?;
    let rest = parser.peek();
    match rest.token {
        Token::End => Ok(expr),
        Token::Close => Err(parser.wrong(&rest, "this bracket was never opened", "remove it")),
        _ => Err(parser.wrong(&rest, "unexpected words", "expected `and`, `or` or the end")),
    }
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    clock: &'q Clock,
}

type Parsed<T> = Result<T, QueryError>;

impl Parser<'_> {
    fn peek(&self) -> Placed {
        let end = Placed { token: Token::End, start: self.query.len(), end: self.query.len() };
        self.tokens.get(self.at).cloned().unwrap_or(end)
    }

    fn next(&mut self) -> Placed {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn wrong(
        &self,
        place: &Placed,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> QueryError {
        QueryError {
            query: self.query.to_owned(),
            start: place.start,
            end: place.end,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// Takes a word of the language, in any case.
    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(&self.peek().token, Token::Word(w) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn all(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn one(&mut self) -> Parsed<Expr> {
        let first = self.peek();
        if self.depth >= DEPTH_MAX {
            return Err(self.wrong(&first, "nested too deep", format!("{DEPTH_MAX} is the most")));
        }
        self.depth += 1;
        let expr = if self.takes("not") {
            Expr::Not(Box::new(self.one()?))
        } else if first.token == Token::Open {
            self.next();
            let inner = self.any()?;
            let close = self.next();
            if close.token != Token::Close {
                let from = first.start + 1;
                let hint = format!("expected `)` for the `(` at column {from}, `and` or `or`");
                return Err(self.wrong(&close, "the bracket is not closed", hint));
            }
            inner
        } else if self.takes("exists") {
            let field = self.field()?;
            Expr::Compare(Comparison { field, test: Test::Exists, differs: false })
        } else {
            let field = self.field()?;
            Expr::Compare(self.compare(field)?)
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn field(&mut self) -> Parsed<Known> {
        let place = self.next();
        let Token::Word(name) = &place.token else {
            let what = if place.token == Token::End { "the query ends here" } else { "no field" };
            return Err(self.wrong(&place, what, "expected a field such as file.path"));
        };
        let known = if name == "time" { "@timestamp" } else { name.as_str() };
        catalog::find(known).ok_or_else(|| {
            let near = catalog::nearest(name);
            let hint = match near.is_empty() {
                true => "`tarsier fields` lists the fields".to_owned(),
                false => format!("did you mean {}?", near.join(", ")),
            };
            self.wrong(&place, format!("unknown field `{name}`"), hint)
        })
    }

    fn compare(&mut self, field: Known) -> Parsed<Comparison> {
        let place = self.next();
        let yes = |test| Ok(Comparison { field, test, differs: false });
        let order = match &place.token {
            Token::Sign("=") => return yes(self.equal(&field)?),
            Token::Sign("!=") => {
                return Ok(Comparison { field, test: self.equal(&field)?, differs: true });
            }
            Token::Sign("^=") => return yes(self.prefix(&field, &place)?),
            Token::Sign("~") => return yes(self.glob(&field, &place)?),
            Token::Sign("<") => Order::Below,
            Token::Sign("<=") => Order::AtMost,
            Token::Sign(">") => Order::Above,
            Token::Sign(">=") => Order::AtLeast,
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "in" => return yes(self.list(&field)?),
                "glob" => return yes(self.glob(&field, &place)?),
                "contains" => return yes(self.contains(&field, &place)?),
                "not" if self.takes("in") => {
                    return Ok(Comparison { field, test: self.list(&field)?, differs: true });
                }
                _ => return Err(self.no_operator(&field, &place)),
            },
            _ => return Err(self.no_operator(&field, &place)),
        };
        if !has_order(field.ty) {
            let what = format!("`{}` has no order", field.name);
            return Err(self.wrong(&place, what, operators(&field)));
        }
        let word = self.value(&field)?;
        let bound = literal::number(&field, &word.1, self.clock)
            .map_err(|hint| self.wrong(&word.0, "not comparable", hint))?;
        yes(Test::Order(order, bound))
    }

    fn no_operator(&self, field: &Known, place: &Placed) -> QueryError {
        let what = if place.token == Token::End { "the query ends here" } else { "no comparison" };
        self.wrong(place, what, operators(field))
    }

    /// The next token as a value: its place, its text, its bytes.
    fn value(&mut self, field: &Known) -> Parsed<(Placed, String, Vec<u8>)> {
        let place = self.next();
        match &place.token {
            Token::Word(word) => {
                let bytes = word.clone().into_bytes();
                Ok((place.clone(), word.clone(), bytes))
            }
            Token::Quoted(bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Ok((place.clone(), text, bytes.clone()))
            }
            found => {
                let what = if *found == Token::End { "the query ends here" } else { "no value" };
                Err(self.wrong(&place, what, format!("expected a value for `{}`", field.name)))
            }
        }
    }

    fn equal(&mut self, field: &Known) -> Parsed<Test> {
        let value = self.value(field)?;
        self.one_of(field, vec![value])
    }

    fn list(&mut self, field: &Known) -> Parsed<Test> {
        let open = self.peek();
        if open.token != Token::Open {
            return self.equal(field);
        }
        self.next();
        let mut values = vec![self.value(field)?];
        loop {
            let place = self.next();
            match place.token {
                Token::Comma => values.push(self.value(field)?),
                Token::Close => return self.one_of(field, values),
                _ => return Err(self.wrong(&place, "the list goes on", "expected `,` or `)`")),
            }
        }
    }

    /// The test that holds for any of the values.
    fn one_of(&self, field: &Known, values: Vec<(Placed, String, Vec<u8>)>) -> Parsed<Test> {
        fn each<T>(
            parser: &Parser<'_>,
            values: &[(Placed, String, Vec<u8>)],
            read: impl Fn(&str) -> Result<T, String>,
        ) -> Parsed<Vec<T>> {
            let read = |(place, text, _): &(Placed, String, Vec<u8>)| {
                read(text).map_err(|hint| {
                    parser.wrong(place, format!("`{}` does not fit", text.escape_debug()), hint)
                })
            };
            values.iter().map(read).collect()
        }
        if let Some(derived) = field.derived.filter(|derived| derived.words().is_some()) {
            let words = each(self, &values, |text| literal::word(field, derived, text))?;
            let words = words.into_iter().map(|word| word.as_bytes().to_vec()).collect();
            return Ok(Test::Text(TextTest::OneOf(words)));
        }
        Ok(match field.ty {
            Type::Text | Type::TextList => {
                let texts = values.into_iter().map(|(_, _, bytes)| bytes).collect();
                Test::Text(TextTest::OneOf(texts))
            }
            Type::Hash | Type::Bytes => {
                let hash = |text: &str| hexadecimal(field, text, field.ty == Type::Hash);
                Test::Text(TextTest::OneOf(each(self, &values, hash)?))
            }
            Type::Ip | Type::IpList => {
                Test::Networks(each(self, &values, |text| literal::network(field, text))?)
            }
            Type::ProcessKey => {
                Test::Processes(each(self, &values, |text| literal::process(field, text))?)
            }
            Type::Flags(_) => {
                let bits = each(self, &values, |text| literal::bits(field, text))?;
                match (bits.as_slice(), values.get(1)) {
                    ([one], _) => Test::Bits(*one),
                    (_, Some((place, ..))) => {
                        let hint = "use `or` between two `=`";
                        return Err(self.wrong(place, "flags take one name", hint));
                    }
                    _ => Test::Bits(0),
                }
            }
            _ => {
                Test::Numbers(each(self, &values, |text| literal::number(field, text, self.clock))?)
            }
        })
    }

    fn texts_only(&self, field: &Known, place: &Placed) -> Parsed<()> {
        match field.ty {
            Type::Text | Type::TextList | Type::Hash | Type::Bytes => Ok(()),
            _ => {
                let what = format!("`{}` is not a text", field.name);
                Err(self.wrong(place, what, operators(field)))
            }
        }
    }

    fn prefix(&mut self, field: &Known, place: &Placed) -> Parsed<Test> {
        self.texts_only(field, place)?;
        let (at, _, bytes) = self.value(field)?;
        self.short(&at, &bytes)?;
        Ok(Test::Text(TextTest::Prefix(lower_hash(field, bytes))))
    }

    fn contains(&mut self, field: &Known, place: &Placed) -> Parsed<Test> {
        if matches!(field.ty, Type::Flags(_) | Type::Mode) {
            let (at, text, _) = self.value(field)?;
            let bits = literal::bits(field, &text);
            return Ok(Test::Bits(bits.map_err(|hint| self.wrong(&at, "no such bits", hint))?));
        }
        self.texts_only(field, place)?;
        let (at, _, bytes) = self.value(field)?;
        self.short(&at, &bytes)?;
        Ok(Test::Text(TextTest::Contains(lower_hash(field, bytes))))
    }

    fn glob(&mut self, field: &Known, place: &Placed) -> Parsed<Test> {
        self.texts_only(field, place)?;
        let (at, _, bytes) = self.value(field)?;
        self.short(&at, &bytes)?;
        match glob::check(&bytes) {
            Ok(()) => {}
            Err(glob::Bad::Unclosed(_)) => {
                let hint = r"expected `]`; `\[` in single quotes is the character itself";
                return Err(self.wrong(&at, "a set is not closed", hint));
            }
            Err(_) => {
                let hint = r"`\\` in single quotes is a backslash";
                return Err(self.wrong(&at, "the pattern ends in `\\`", hint));
            }
        }
        if bytes.iter().any(|byte| matches!(byte, b'{' | b'}')) && !bytes.contains(&b'\\') {
            let hint = r"use `or`; '\{' in single quotes is the character itself";
            return Err(self.wrong(&at, "globs have no `{a,b}`", hint));
        }
        let separator = is_path(field.name).then_some(b'/');
        Ok(Test::Text(TextTest::Glob(lower_hash(field, bytes), separator)))
    }

    fn short(&self, place: &Placed, bytes: &[u8]) -> Parsed<()> {
        if bytes.len() <= PATTERN_BYTES_MAX {
            return Ok(());
        }
        let hint = format!("{PATTERN_BYTES_MAX} bytes are the most");
        Err(self.wrong(place, "the pattern is too long", hint))
    }
}

fn has_order(ty: Type) -> bool {
    matches!(
        ty,
        Type::Uint
            | Type::Int
            | Type::Mode
            | Type::Time
            | Type::BootTime
            | Type::Duration
            | Type::Errno
    )
}

/// The comparisons a field takes, for messages.
fn operators(field: &Known) -> String {
    let list = match field.ty {
        Type::Text | Type::TextList | Type::Hash | Type::Bytes => "= != ^= ~ in contains",
        Type::Ip | Type::IpList => "= != in, with an address or a network",
        Type::Flags(_) => "= != with one name",
        Type::Mode => "= != < <= > >= in contains",
        ty if has_order(ty) => "= != < <= > >= in",
        _ => "= != in",
    };
    format!("expected {list} after `{}`", field.name)
}

/// Hashes are shown in lower case; people paste both.
fn lower_hash(field: &Known, mut bytes: Vec<u8>) -> Vec<u8> {
    if matches!(field.ty, Type::Hash | Type::Bytes) {
        bytes.make_ascii_lowercase();
    }
    bytes
}

fn hexadecimal(field: &Known, text: &str, whole: bool) -> Result<Vec<u8>, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && (!whole || text.len() == 64) {
        return Ok(text.to_ascii_lowercase().into_bytes());
    }
    let what =
        if whole { "64 hexadecimal digits (`^=` takes fewer)" } else { "hexadecimal digits" };
    Err(format!("expected {what} for `{}`", field.name))
}
