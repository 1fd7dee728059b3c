// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The vector files of `tests/fixtures/matching`, run by the host's copy of `common::matching`,
//! and the glob against a recursive definition of itself.
use common::matching::{cidr::Cidr, exact, glob, prefix};
use std::net::IpAddr;
use std::path::Path;

/// Runs a file of lines `pattern subject hit|miss # why`; `\s` is a space, `""` is empty.
fn vectors(name: &str, hits: impl Fn(&str, &str) -> bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/matching").join(name);
    let text = std::fs::read_to_string(&path).expect("the vector file is in the repository");
    let mut ran = 0;
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().take_while(|w| *w != "#").collect();
        let [pattern, subject, expect] = words.as_slice() else {
            assert!(words.is_empty(), "{name}:{}: not a vector: {line}", number + 1);
            continue;
        };
        let plain = |word: &str| word.replace("\"\"", "").replace("\\s", " ");
        let hit = match *expect {
            "hit" => true,
            "miss" => false,
            other => panic!("{name}:{}: {other} is neither hit nor miss", number + 1),
        };
        let (pattern, subject) = (plain(pattern), plain(subject));
        assert_eq!(hits(&pattern, &subject), hit, "{name}:{}: {line}", number + 1);
        ran += 1;
    }
    assert!(ran >= 6, "{name}: only {ran} vectors");
}

#[test]
fn exact_vectors() {
    vectors("exact.vec", |p, s| exact::hits(p.as_bytes(), s.as_bytes()));
}

#[test]
fn prefix_vectors() {
    vectors("prefix.vec", |p, s| prefix::hits(p.as_bytes(), s.as_bytes()));
}

#[test]
fn glob_vectors() {
    vectors("glob.vec", |p, s| glob::hits(p.as_bytes(), s.as_bytes(), Some(b'/')));
}

#[test]
fn glob_text_vectors() {
    vectors("glob_text.vec", |p, s| glob::hits(p.as_bytes(), s.as_bytes(), None));
}

#[test]
fn cidr_vectors() {
    vectors("cidr.vec", |p, s| {
        let address = match s.parse().expect("subjects are addresses") {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        };
        Cidr::parse(p).is_some_and(|cidr| cidr.hits(&address))
    });
}

#[test]
fn bad_globs_are_told_and_hit_nothing() {
    assert_eq!(glob::check(b"a[b"), Err(glob::Bad::Unclosed(1)));
    assert_eq!(glob::check(b"a\\"), Err(glob::Bad::Escape));
    assert_eq!(glob::check(&[b'a'; 5000]), Err(glob::Bad::TooLong));
    assert_eq!(glob::check(b"/etc/**/[!a-z]*\\*"), Ok(()));
    assert!(!glob::hits(b"a[b", b"ab", None));
    assert!(!glob::hits(b"a\\", b"a\\", None));
}

/// The definition: try everything.
fn slow(p: &[u8], s: &[u8], start: bool) -> bool {
    match p {
        [] => s.is_empty(),
        [b'*', b'*', b'/', rest @ ..] if start => {
            slow(rest, s, true)
                || (0..s.len()).any(|i| s[i] == b'/' && slow(rest, &s[i + 1..], true))
        }
        [b'*', b'*', rest @ ..] => (0..=s.len()).any(|i| slow(rest, &s[i..], false)),
        [b'*', rest @ ..] => (0..=s.len())
            .take_while(|i| !s[..*i].contains(&b'/'))
            .any(|i| slow(rest, &s[i..], false)),
        [b'?', rest @ ..] => s.first().is_some_and(|c| *c != b'/') && slow(rest, &s[1..], false),
        [c, rest @ ..] => s.first() == Some(c) && slow(rest, &s[1..], *c == b'/'),
    }
}

#[test]
fn glob_agrees_with_its_definition() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |alphabet: &[u8], most: usize| {
        let mut text = Vec::new();
        loop {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let pick = usize::try_from(seed >> 33).expect("31 bits");
            if pick % (most + 1) == 0 || text.len() > most {
                return text;
            }
            text.push(alphabet[pick / (most + 1) % alphabet.len()]);
        }
    };
    let mut both = [0u32; 2];
    for _ in 0..400_000 {
        let (pattern, subject) = (next(b"ab/*?*", 7), next(b"ab/", 7));
        // Three stars in a row read as `**` and `*`, which is one more way to say `**`.
        if pattern.windows(3).any(|w| w == b"***") {
            continue;
        }
        let expect = slow(&pattern, &subject, true);
        both[usize::from(expect)] += 1;
        let (p, s) = (String::from_utf8_lossy(&pattern), String::from_utf8_lossy(&subject));
        assert_eq!(glob::hits(&pattern, &subject, Some(b'/')), expect, "{p} on {s}");
    }
    assert!(both.iter().all(|n| *n > 1_000), "{both:?}: the alphabet proves nothing");
}
