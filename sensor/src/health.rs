// SPDX-License-Identifier: Apache-2.0
//! Counters anyone may bump, and one snapshot to show.
//!
//! The ledger is `seen = stored + filtered + shed + lost + pending`, per class. `seen` comes from
//! the probes (added by the pipeline) and from events derived in user space; a duplicate that is
//! folded away was never seen. Everything here is a relaxed atomic: no reader waits for a writer.
use common::loss::Loss;
use common::names::Class;
use std::sync::atomic::{AtomicU64, Ordering};

/// Classes are small numbers from 1.
pub const CLASSES: usize = 10;

/// What is counted for each class, besides losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A probe decided to emit; the pipeline sets the kernel's totals with [`Health::set_seen`].
    Derived,
    /// A duplicate was dropped: it was never seen.
    Folded,
    /// In the store.
    Stored,
    /// Dropped by policy.
    Filtered,
    /// Dropped by the guard.
    Shed,
}

const COUNTS: usize = 5;

/// The counters of one running recorder.
#[derive(Debug)]
pub struct Health {
    kernel_seen: [AtomicU64; CLASSES],
    counts: [[AtomicU64; COUNTS]; CLASSES],
    kernel_lost: [[AtomicU64; Loss::COUNT]; CLASSES],
    lost: [[AtomicU64; Loss::COUNT]; CLASSES],
}

impl Default for Health {
    fn default() -> Self {
        Health {
            kernel_seen: std::array::from_fn(|_| AtomicU64::new(0)),
            counts: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            kernel_lost: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            lost: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
        }
    }
}

fn index(class: Class) -> usize {
    usize::try_from(class.0).unwrap_or(0).min(CLASSES - 1)
}

fn cause_index(cause: Loss) -> usize {
    usize::try_from(cause.0).unwrap_or(0).min(Loss::COUNT - 1)
}

impl Health {
    /// Adds to a counter.
    pub fn add(&self, class: Class, what: Count, n: u64) {
        self.counts[index(class)][what as usize].fetch_add(n, Ordering::Relaxed);
    }

    /// Counts a loss found in user space.
    pub fn lose(&self, class: Class, cause: Loss, n: u64) {
        self.lost[index(class)][cause_index(cause)].fetch_add(n, Ordering::Relaxed);
    }

    /// Sets the kernel's total of what its probes decided to emit.
    pub fn set_seen(&self, class: Class, total: u64) {
        self.kernel_seen[index(class)].store(total, Ordering::Relaxed);
    }

    /// Sets the kernel's total of one cause of loss.
    pub fn set_kernel_lost(&self, class: Class, cause: Loss, total: u64) {
        self.kernel_lost[index(class)][cause_index(cause)].store(total, Ordering::Relaxed);
    }

    /// The balance of every class.
    pub fn ledger(&self) -> Vec<Balance> {
        Class::NAMES.iter().map(|(id, name)| self.balance(*id, name)).collect()
    }

    fn balance(&self, id: u64, name: &'static str) -> Balance {
        let class = Class(u32::try_from(id).unwrap_or(0));
        let at = index(class);
        let count = |what: Count| self.counts[at][what as usize].load(Ordering::Relaxed);
        // Kept first, seen last: the recorder goes on meanwhile, and must not seem to have kept
        // more than it saw.
        let (stored, filtered, shed) =
            (count(Count::Stored), count(Count::Filtered), count(Count::Shed));
        let causes: Vec<(Loss, &'static str, u64)> = Loss::NAMES
            .iter()
            .map(|(number, cause)| {
                let loss = Loss(u32::try_from(*number).unwrap_or(0));
                let slot = cause_index(loss);
                let n = self.lost[at][slot].load(Ordering::Relaxed)
                    + self.kernel_lost[at][slot].load(Ordering::Relaxed);
                (loss, *cause, n)
            })
            .filter(|(_, _, n)| *n > 0)
            .collect();
        let seen = (self.kernel_seen[at].load(Ordering::Relaxed) + count(Count::Derived))
            .saturating_sub(count(Count::Folded));
        let lost = causes.iter().map(|(_, _, n)| n).sum();
        Balance { class, name, seen, stored, filtered, shed, lost, causes }
    }
}

/// The balance of one class since the recorder began.
#[derive(Clone, Debug)]
pub struct Balance {
    /// Which class.
    pub class: Class,
    /// Its name.
    pub name: &'static str,
    /// Decided to be recorded.
    pub seen: u64,
    /// In the store.
    pub stored: u64,
    /// Dropped by policy.
    pub filtered: u64,
    /// Dropped by the guard.
    pub shed: u64,
    /// Known to be lost.
    pub lost: u64,
    /// Losses by cause: cause, name, count; only those above zero.
    pub causes: Vec<(Loss, &'static str, u64)>,
}

impl Balance {
    /// Seen but neither kept nor accounted for yet: still in the ring or being joined. Negative
    /// means that more was kept than seen, which is a bug worth showing.
    pub fn pending(&self) -> i128 {
        i128::from(self.seen)
            - i128::from(self.stored)
            - i128::from(self.filtered)
            - i128::from(self.shed)
            - i128::from(self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Health};
    use common::loss::Loss;
    use common::names::Class;

    #[test]
    fn the_ledger_balances() {
        let health = Health::default();
        health.set_seen(Class::FILE, 10);
        health.add(Class::FILE, Count::Folded, 1);
        health.add(Class::FILE, Count::Stored, 7);
        health.set_kernel_lost(Class::FILE, Loss::RING_FULL, 1);
        health.lose(Class::FILE, Loss::MALFORMED, 1);
        let file = health.ledger().into_iter().find(|b| b.class == Class::FILE).unwrap();
        assert_eq!((file.seen, file.lost, file.pending()), (9, 2, 0));
        assert_eq!(file.causes.len(), 2);
    }
}
