// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Processes that ran before the probes did.
use crate::record::{Body, Field};
use crate::wire::Exec;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A running process, described as its exec would have been; `asked` and `result` are absent.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct Inventory(pub Exec);

impl Body for Inventory {
    const FIELDS: &'static [Field] = Exec::FIELDS;
    const ABSENT: Self = Inventory(Exec::ABSENT);
}
