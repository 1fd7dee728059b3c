// SPDX-License-Identifier: Apache-2.0
//! The ledger and the losses, written into the history itself.
//!
//! A loss becomes an event within a second, with the span in which it happened, so that a query
//! over that span can say "unknown" instead of "nothing". The balance of each class is written
//! every minute and at the end.
use crate::event::{Drafts, Moment, Who};
use crate::health::Balance;
use common::event::{Ledger, LossEvent};
use common::loss::Loss;
use common::names::Class;
use common::value::Time;
use std::collections::HashMap;

/// The balance is written this often.
const LEDGER_INTERVAL_NS: u64 = 60_000_000_000;
/// Losses are looked for this often.
const LOSS_INTERVAL_NS: u64 = 1_000_000_000;

/// What has been written so far.
#[derive(Debug)]
pub struct Books {
    told: HashMap<(u32, Loss), u64>,
    looked_at_ns: u64,
    written_at_ns: u64,
    written_seen: HashMap<u32, u64>,
}

impl Books {
    /// Opens the books at a boot time.
    pub fn open(now_ns: u64) -> Books {
        Books {
            told: HashMap::new(),
            looked_at_ns: now_ns,
            written_at_ns: now_ns,
            written_seen: HashMap::new(),
        }
    }

    /// Whether losses are due to be looked for.
    pub fn loss_due(&self, now_ns: u64) -> bool {
        now_ns.saturating_sub(self.looked_at_ns) >= LOSS_INTERVAL_NS
    }

    /// Writes one loss event for each class and cause that grew, and the minute's balance.
    /// `wall_offset_ns` turns boot times into wall times; `closing` writes every balance.
    pub fn write(
        &mut self,
        balances: &[Balance],
        now_ns: u64,
        wall_offset_ns: u64,
        closing: bool,
        out: &mut Drafts,
    ) {
        for balance in balances {
            for (cause, _, total) in &balance.causes {
                let told = self.told.entry((balance.class.0, *cause)).or_insert(0);
                let fresh = total.saturating_sub(*told);
                if fresh == 0 {
                    continue;
                }
                *told = *total;
                let start = self.looked_at_ns.wrapping_add(wall_offset_ns);
                let end = now_ns.wrapping_add(wall_offset_ns);
                loss(out, now_ns, (start, end), Some(balance.class), *cause, Some(fresh));
            }
        }
        self.looked_at_ns = now_ns;
        if closing || now_ns.saturating_sub(self.written_at_ns) >= LEDGER_INTERVAL_NS {
            self.written_at_ns = now_ns;
            self.ledger(balances, now_ns, closing, out);
        }
    }

    /// A quiet class is not repeated every minute.
    fn ledger(&mut self, balances: &[Balance], now_ns: u64, closing: bool, out: &mut Drafts) {
        for balance in balances {
            let before = self.written_seen.insert(balance.class.0, balance.seen);
            let quiet = before.unwrap_or(0) == balance.seen && balance.lost == 0;
            if quiet && !closing {
                continue;
            }
            out.push::<Ledger>(&Who::Recorder, recorder_moment(now_ns), |_| Ledger {
                seen: balance.seen,
                stored: balance.stored,
                filtered: balance.filtered,
                shed: balance.shed,
                lost: balance.lost,
                pending: u64::try_from(balance.pending()).unwrap_or(0),
                class: balance.class,
                ..Ledger::ABSENT
            });
        }
    }
}

/// One loss event; `class` or `count` may not be known.
pub fn loss(
    out: &mut Drafts,
    now_ns: u64,
    (start, end): (u64, u64),
    class: Option<Class>,
    cause: Loss,
    count: Option<u64>,
) {
    out.push::<LossEvent>(&Who::Recorder, recorder_moment(now_ns), |_| LossEvent {
        start: Time(start),
        end: Time(end),
        count: count.unwrap_or(u64::MAX),
        class: class.unwrap_or(Class(u32::MAX)),
        cause,
    });
}

/// A moment of the recorder's own events.
pub fn recorder_moment(now_ns: u64) -> Moment {
    use common::names::{EventFlags, Source};
    use common::value::Errno;
    Moment {
        time_ns: now_ns,
        tid: u32::MAX,
        flags: EventFlags(0),
        result: Errno(0),
        source: Source::RECORDER,
    }
}

#[cfg(test)]
mod tests {
    use super::Books;
    use crate::event::Drafts;
    use crate::health::{Count, Health};
    use common::event::Kind;
    use common::loss::Loss;
    use common::names::Class;

    fn kinds(out: &Drafts) -> Vec<Kind> {
        out.iter().map(|draft| draft.kind).collect()
    }

    #[test]
    fn a_loss_is_told_once_and_the_balance_each_minute() {
        let health = Health::default();
        let mut books = Books::open(0);
        let mut out = Drafts::default();
        health.set_seen(Class::FILE, 5);
        health.add(Class::FILE, Count::Stored, 4);
        health.lose(Class::FILE, Loss::MALFORMED, 1);
        assert!(books.loss_due(1_000_000_000));
        books.write(&health.ledger(), 1_000_000_000, 0, false, &mut out);
        assert_eq!(kinds(&out), [Kind::Loss]);
        out.clear();
        books.write(&health.ledger(), 2_000_000_000, 0, false, &mut out);
        assert!(out.is_empty());
        books.write(&health.ledger(), 61_000_000_000, 0, false, &mut out);
        assert_eq!(kinds(&out), [Kind::Ledger]);
        out.clear();
        books.write(&health.ledger(), 62_000_000_000, 0, true, &mut out);
        assert_eq!(out.len(), Class::NAMES.len());
    }
}
