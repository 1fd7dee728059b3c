// SPDX-License-Identifier: Apache-2.0
//! What the history does not know: the difference between "nothing happened" and "unknown".
use super::plan::Plan;
use super::run::{History, parts};
use crate::event::{Joined, Value};
use crate::store::{KindSet, Row, Scan, StoreError};
use common::event::Kind;
use common::loss::Loss;
use common::names::Class;
use std::ops::{ControlFlow, Range};

/// A span of which something is known to be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First and last moment, wall clock, nanoseconds.
    pub span: Range<u64>,
    /// How many events; `None`: nobody could count.
    pub count: Option<u64>,
    /// Of which class; `None`: of any.
    pub class: Option<Class>,
    /// Why.
    pub cause: Loss,
}

impl History {
    /// Losses that overlap `window` and may have been of what the plan asks for, oldest first.
    ///
    /// A loss is written down after it happened, so events behind the window are looked at too.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn gaps(&mut self, plan: &Plan, window: &Range<u64>) -> Result<Vec<Gap>, StoreError> {
        let classes: Vec<Class> = plan.kinds().map(Kind::class).collect();
        let mut gaps: Vec<Gap> = Vec::new();
        let scan = Scan {
            times: window.start..u64::MAX,
            kinds: KindSet::none().with(Kind::Loss),
            ..Scan::default()
        };
        let joined = Joined::default();
        self.reader().scan(&scan, &mut |row: &Row<'_>| {
            let parts = parts(row, &joined);
            let time = |name| match parts.body(name) {
                Some(Value::Time(ns)) => Some(ns),
                _ => None,
            };
            let number = |name| match parts.body(name) {
                Some(Value::Uint(n) | Value::Name(n, _)) => Some(n),
                _ => None,
            };
            let small = |n: u64| u32::try_from(n).ok();
            let end = time("event.end").unwrap_or(row.head.time.0);
            let span = time("event.start").unwrap_or(end)..end;
            let class = number("tarsier.loss.class").and_then(small).map(Class);
            let class = class.filter(|class| *class != Class::RECORDER);
            let asked = class.is_none_or(|class| classes.contains(&class));
            if asked && span.end >= window.start && span.start < window.end {
                let cause = number("tarsier.loss.cause").and_then(small).map_or(Loss(0), Loss);
                let count = number("tarsier.loss.count");
                add(&mut gaps, Gap { span, count, class, cause });
            }
            ControlFlow::Continue(())
        })?;
        Ok(gaps)
    }
}

/// Losses of one cause that touch are one gap: a storm is told once.
fn add(gaps: &mut Vec<Gap>, new: Gap) {
    const TOUCH_NS: u64 = 2_000_000_000;
    let same = |gap: &&mut Gap| {
        gap.class == new.class
            && gap.cause == new.cause
            && new.span.start <= gap.span.end.saturating_add(TOUCH_NS)
    };
    match gaps.iter_mut().rev().find(same) {
        Some(gap) => {
            gap.span.start = gap.span.start.min(new.span.start);
            gap.span.end = gap.span.end.max(new.span.end);
            gap.count = gap.count.zip(new.count).map(|(a, b)| a.saturating_add(b));
        }
        None => gaps.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::{Gap, add};
    use common::loss::Loss;
    use common::names::Class;

    #[test]
    fn a_storm_is_one_gap() {
        let gap = |start, end, count, class| Gap {
            span: start..end,
            count,
            class: Some(class),
            cause: Loss::RING_FULL,
        };
        let s = 1_000_000_000;
        let mut gaps = Vec::new();
        add(&mut gaps, gap(s, 2 * s, Some(3), Class::FILE));
        add(&mut gaps, gap(2 * s, 3 * s, Some(4), Class::FILE));
        add(&mut gaps, gap(2 * s, 3 * s, None, Class::DNS));
        add(&mut gaps, gap(60 * s, 61 * s, Some(1), Class::FILE));
        let spans: Vec<_> = gaps.iter().map(|gap| (gap.span.start / s, gap.count)).collect();
        assert_eq!(spans, [(1, Some(7)), (2, None), (60, Some(1))]);
    }
}
