// SPDX-License-Identifier: Apache-2.0
//! Guessing the next value of a column, the same way while writing and while reading.
//!
//! A value is stored as its distance from a guess. Numbers are guessed from the last row about the
//! same subject (the inode of a path), else from the last row of the same context, else from the
//! last row of all. Dictionary ids are "the same again", "what followed last time", or a distance
//! from the newest id so far, so that new texts cost one small number.
use crate::store::number::{Broken, Numbers, at, put, put_difference, unzigzag, zigzag};

const LANES: usize = 64;
const SUBJECTS: usize = 512;
const FOLLOWERS: usize = 4096;

/// What a row is about, as far as a guess may use it; both are ids plus one, 0 is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    /// The row's context.
    pub context: u32,
    /// The text that says what the row is about.
    pub subject: u32,
}

/// Guesses numbers.
#[derive(Debug)]
pub struct NumberGuess {
    narrow: bool,
    last: u64,
    lanes: Vec<(u32, u64)>,
    subjects: Vec<(u32, u64)>,
}

impl NumberGuess {
    /// `narrow` numbers have 32 bits.
    pub fn new(narrow: bool) -> Self {
        let (lanes, subjects) = (vec![(0, 0); LANES], vec![(0, 0); SUBJECTS]);
        NumberGuess { narrow, last: 0, lanes, subjects }
    }

    /// Back to the state every block starts in.
    pub fn reset(&mut self) {
        self.last = 0;
        self.lanes.fill((0, 0));
        self.subjects.fill((0, 0));
    }

    #[inline]
    fn guess(&self, about: About) -> u64 {
        if about.subject != 0 {
            let (subject, value) = self.subjects[at(about.subject) % SUBJECTS];
            if subject == about.subject {
                return value;
            }
        }
        let (context, value) = self.lanes[at(about.context) % LANES];
        if context == about.context { value } else { self.last }
    }

    #[inline]
    fn learn(&mut self, about: About, value: u64) {
        self.last = value;
        self.lanes[at(about.context) % LANES] = (about.context, value);
        if about.subject != 0 {
            self.subjects[at(about.subject) % SUBJECTS] = (about.subject, value);
        }
    }

    /// Appends a value; `None` is absent.
    #[inline]
    pub fn write(&mut self, about: About, value: Option<u64>, out: &mut Vec<u8>) {
        let Some(value) = value else { return put_difference(out, None) };
        let wide = value.wrapping_sub(self.guess(about));
        put_difference(out, Some(if self.narrow { sign_extend(wide) } else { wide }));
        self.learn(about, value);
    }

    /// The inverse of [`NumberGuess::write`].
    ///
    /// # Errors
    /// When the numbers end early.
    #[inline]
    pub fn read(&mut self, about: About, input: &mut Numbers<'_>) -> Result<Option<u64>, Broken> {
        let Some(difference) = input.next_difference()? else { return Ok(None) };
        let wide = self.guess(about).wrapping_add(difference);
        let value = if self.narrow { wide & 0xffff_ffff } else { wide };
        self.learn(about, value);
        Ok(Some(value))
    }
}

/// The low 32 bits as a signed number, in 64 bits.
#[inline]
fn sign_extend(n: u64) -> u64 {
    let [a, b, c, d, ..] = n.to_le_bytes();
    i64::from(i32::from_le_bytes([a, b, c, d])).cast_unsigned()
}

const ABSENT: u64 = 0;
const SAME: u64 = 1;
const FOLLOWER: u64 = 2;
const DISTANCE: u64 = 3;

/// Guesses dictionary ids. Ids are given plus one, 0 is absent.
#[derive(Debug)]
pub struct IdGuess {
    top: u32,
    last: u32,
    lanes: Vec<(u32, u32)>,
    followers: Vec<u32>,
}

impl Default for IdGuess {
    fn default() -> Self {
        let (lanes, followers) = (vec![(0, 0); LANES], vec![0; FOLLOWERS]);
        IdGuess { top: 0, last: 0, lanes, followers }
    }
}

impl IdGuess {
    /// The state a block starts in: `base` ids were given before it.
    pub fn reset(&mut self, base: u32) {
        self.top = base;
        self.last = 0;
        self.lanes.fill((0, 0));
        self.followers.fill(0);
    }

    #[inline]
    fn previous(&self, context: u32) -> u32 {
        let (owner, id) = self.lanes[at(context) % LANES];
        if owner == context { id } else { self.last }
    }

    #[inline]
    fn learn(&mut self, context: u32, previous: u32, id: u32) {
        self.followers[at(previous) % FOLLOWERS] = id;
        self.lanes[at(context) % LANES] = (context, id);
        self.last = id;
        self.top = self.top.max(id);
    }

    /// Appends an id.
    #[inline]
    pub fn write(&mut self, context: u32, id: u32, out: &mut Vec<u8>) {
        if id == 0 {
            return put(out, ABSENT);
        }
        let previous = self.previous(context);
        let code = if id == previous {
            SAME
        } else if id == self.followers[at(previous) % FOLLOWERS] {
            FOLLOWER
        } else {
            DISTANCE + zigzag(i64::from(id) - i64::from(self.top) - 1)
        };
        put(out, code);
        self.learn(context, previous, id);
    }

    /// The inverse of [`IdGuess::write`].
    ///
    /// # Errors
    /// When the numbers end early or name an id outside 32 bits.
    #[inline]
    pub fn read(&mut self, context: u32, input: &mut Numbers<'_>) -> Result<u32, Broken> {
        let previous = self.previous(context);
        let id = match input.next()? {
            ABSENT => return Ok(0),
            SAME => previous,
            FOLLOWER => self.followers[at(previous) % FOLLOWERS],
            code => {
                let id = i64::from(self.top)
                    .checked_add(1)
                    .and_then(|next| next.checked_add(unzigzag(code - DISTANCE)));
                id.and_then(|id| u32::try_from(id).ok())
                    .ok_or(Broken("a dictionary id is out of range"))?
            }
        };
        self.learn(context, previous, id);
        Ok(id)
    }
}

/// Recently used contexts, newest first.
#[derive(Debug, Default)]
pub struct Recent {
    ids: Vec<u32>,
    top: u32,
}

const RECENT: usize = 64;
const RECENT_CODES: u64 = 64;

impl Recent {
    /// The state a block starts in: `base` contexts were known before it.
    pub fn reset(&mut self, base: u32) {
        self.ids.clear();
        self.top = base;
    }

    #[inline]
    fn learn(&mut self, place: Option<usize>, id: u32) {
        let place = place.unwrap_or_else(|| {
            if self.ids.len() < RECENT {
                self.ids.push(id);
            }
            self.ids.len() - 1
        });
        self.ids.copy_within(0..place, 1);
        self.ids[0] = id;
        self.top = self.top.max(id + 1);
    }

    /// Appends an id.
    #[inline]
    pub fn write(&mut self, id: u32, out: &mut Vec<u8>) {
        let place = self.ids.iter().position(|known| *known == id);
        match place.and_then(|place| u64::try_from(place).ok()) {
            Some(code) => put(out, code),
            None => put(out, RECENT_CODES + zigzag(i64::from(id) - i64::from(self.top))),
        }
        self.learn(place, id);
    }

    /// The inverse of [`Recent::write`].
    ///
    /// # Errors
    /// When the numbers end early or name an id that cannot be.
    #[inline]
    pub fn read(&mut self, input: &mut Numbers<'_>) -> Result<u32, Broken> {
        let code = input.next()?;
        let (place, id) = if code < RECENT_CODES {
            let place = usize::try_from(code).unwrap_or(usize::MAX);
            let id = self.ids.get(place).ok_or(Broken("a recent context is not there"))?;
            (Some(place), *id)
        } else {
            let distance = unzigzag(code - RECENT_CODES);
            let id = i64::from(self.top).checked_add(distance);
            let id = id.and_then(|id| u32::try_from(id).ok()).filter(|id| *id < u32::MAX);
            (None, id.ok_or(Broken("a context id is out of range"))?)
        };
        self.learn(place, id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::{About, IdGuess, NumberGuess, Recent};
    use crate::store::number::Numbers;

    /// A small deterministic generator (splitmix64).
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn numbers_read_back_whatever_they_are() {
        for narrow in [false, true] {
            let mut state = 1;
            let rows: Vec<(About, Option<u64>)> = (0..4000)
                .map(|_| {
                    let random = next(&mut state);
                    let value = next(&mut state) >> (random % 64);
                    let value = if narrow { value & 0xffff_ffff } else { value };
                    let about = About {
                        context: 1 + (random as u32 >> 8) % 90,
                        subject: random as u32 % 7,
                    };
                    (about, (!random.is_multiple_of(11)).then_some(value))
                })
                .collect();
            let mut out = Vec::new();
            let mut guess = NumberGuess::new(narrow);
            rows.iter().for_each(|(about, value)| guess.write(*about, *value, &mut out));
            guess.reset();
            let mut input = Numbers::new(&out);
            for (about, value) in rows {
                assert_eq!(guess.read(about, &mut input).unwrap(), value);
            }
            assert!(input.done());
        }
    }

    #[test]
    fn ids_and_contexts_read_back() {
        let mut state = 2;
        let ids: Vec<(u32, u32)> = (0..4000)
            .map(|_| (next(&mut state) as u32 % 100, next(&mut state) as u32 % 5000))
            .collect();
        let (mut out, mut contexts) = (Vec::new(), Vec::new());
        let (mut guess, mut recent) = (IdGuess::default(), Recent::default());
        guess.reset(40);
        recent.reset(40);
        for (context, id) in &ids {
            guess.write(*context, *id, &mut out);
            recent.write(*id, &mut contexts);
        }
        guess.reset(40);
        recent.reset(40);
        let (mut input, mut input_contexts) = (Numbers::new(&out), Numbers::new(&contexts));
        for (context, id) in ids {
            assert_eq!(guess.read(context, &mut input).unwrap(), id);
            assert_eq!(recent.read(&mut input_contexts).unwrap(), id);
        }
    }
}
