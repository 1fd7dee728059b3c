// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The balance of one class.
use crate::names::Class;
use crate::record;
use crate::value::Pad4;

record! {
    /// Totals since the recorder began: seen = stored + filtered + shed + lost + pending.
    Ledger {
        /// Decided to be recorded.
        seen: u64 => "tarsier.ledger.seen",
        /// In the store.
        stored: u64 => "tarsier.ledger.stored",
        /// Dropped by policy.
        filtered: u64 => "tarsier.ledger.filtered",
        /// Dropped by the guard.
        shed: u64 => "tarsier.ledger.shed",
        /// Known to be lost.
        lost: u64 => "tarsier.ledger.lost",
        /// Still on their way.
        pending: u64 => "tarsier.ledger.pending",
        /// Which class.
        class: Class => "tarsier.ledger.class",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
