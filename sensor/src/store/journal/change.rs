// SPDX-License-Identifier: Apache-2.0
//! What changed since the last bytes of the same sort: most of a row repeats the row before it,
//! and a journal that says so writes half as much.
use crate::store::number::{Broken, Numbers, long, put};

/// Words that one mask speaks for.
const MASK_WORDS: usize = 32;

/// Appends what differs between `old` and `new` (equal lengths), a mask of 4-byte words and the
/// words that changed, then makes `old` equal to `new`.
pub fn put_words(old: &mut [u8], new: &[u8], out: &mut Vec<u8>) {
    for (old, new) in old.chunks_mut(MASK_WORDS * 4).zip(new.chunks(MASK_WORDS * 4)) {
        let mut mask = 0u32;
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        for (bit, (a, b)) in old.chunks(4).zip(new.chunks(4)).enumerate() {
            if a != b {
                mask |= 1 << bit;
                out.extend_from_slice(b);
            }
        }
        out[at..at + 4].copy_from_slice(&mask.to_le_bytes());
        old.copy_from_slice(new);
    }
}

/// The inverse of [`put_words`]: brings `old` up to date.
///
/// # Errors
/// When the bytes end early.
pub fn take_words(old: &mut [u8], input: &mut Numbers<'_>) -> Result<(), Broken> {
    for part in old.chunks_mut(MASK_WORDS * 4) {
        let mask = u32::from_le_bytes(input.take(4)?.try_into().unwrap_or([0; 4]));
        for (bit, word) in part.chunks_mut(4).enumerate() {
            if mask & (1 << bit) != 0 {
                word.copy_from_slice(input.take(word.len())?);
            }
        }
    }
    Ok(())
}

/// Appends `new` as what it shares with `old` at both ends and what is between, then makes `old`
/// equal to `new`.
pub fn put_text(old: &mut Vec<u8>, new: &[u8], out: &mut Vec<u8>) {
    let head = same_start(old, new);
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = same_end(old_rest, new_rest);
    let middle = &new_rest[..new_rest.len() - tail];
    put(out, long(head));
    put(out, long(tail));
    put(out, long(middle.len()));
    out.extend_from_slice(middle);
    if tail == old_rest.len() && middle.is_empty() && tail == new_rest.len() {
        return;
    }
    old.clear();
    old.extend_from_slice(new);
}

/// How many bytes two texts share at their start; most of the time all of them, so whole words
/// are compared first.
fn same_start(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let words = 8 * words.take_while(|(a, b)| a == b).count();
    let rest = a[words..].iter().zip(&b[words..]);
    words + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts share at their end.
fn same_end(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_rchunks::<8>().1.iter().rev().zip(b.as_rchunks::<8>().1.iter().rev());
    let words = 8 * words.take_while(|(a, b)| a == b).count();
    let rest = a[..a.len() - words].iter().rev().zip(b[..b.len() - words].iter().rev());
    words + rest.take_while(|(a, b)| a == b).count()
}

/// The inverse of [`put_text`]: brings `old` up to date.
///
/// # Errors
/// When the bytes end early or claim to share more than there is.
pub fn take_text(old: &mut Vec<u8>, input: &mut Numbers<'_>) -> Result<(), Broken> {
    let mut length = || usize::try_from(input.next()?).map_err(|_| Broken("a text is too long"));
    let (head, tail, middle) = (length()?, length()?, length()?);
    let middle = input.take(middle)?;
    let rest = old.len().checked_sub(head).and_then(|rest| rest.checked_sub(tail));
    let rest = rest.ok_or(Broken("a text shares more than there is"))?;
    old.splice(head..head + rest, middle.iter().copied());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{put_text, put_words, take_text, take_words};
    use crate::store::number::Numbers;

    #[test]
    fn words_and_texts_read_back() {
        let bodies: [&[u8]; 3] = [&[1; 200], &[2; 200], &[2; 200]];
        let texts: [&[u8]; 9] = [
            b"",
            b"aaaa",
            b"aaa",
            b"/a/b/c",
            b"/a/x/c",
            b"/a/x/c",
            b"/usr/lib/x86_64-linux-gnu/libc.so.6",
            b"/usr/lib/x86_64-linux-gnu/libcap.so.6",
            b"/usr/lib/x86_64-linux-musl-gnu/libcap.so.6",
        ];
        let (mut words, mut text, mut out) = (vec![0; 200], Vec::new(), Vec::new());
        bodies.iter().for_each(|body| put_words(&mut words, body, &mut out));
        texts.iter().for_each(|t| put_text(&mut text, t, &mut out));
        let (mut words, mut text) = (vec![0; 200], Vec::new());
        let mut input = Numbers::new(&out);
        for body in bodies {
            take_words(&mut words, &mut input).unwrap();
            assert_eq!(words, body);
        }
        for expected in texts {
            take_text(&mut text, &mut input).unwrap();
            assert_eq!(text, expected);
        }
        assert!(input.done());
    }
}
