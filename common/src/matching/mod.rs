// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What it means to match: one function a rule shape, the same for queries, watchlists and probes.
//!
//! Subjects are bytes, because a path is bytes. Nothing here allocates or recurses, and the
//! vector files in `tests/fixtures/matching` prove every place that runs it. Refused on purpose:
//! regular expressions (their cost cannot be bounded inside a kernel).

pub mod cidr;
pub mod exact;
pub mod glob;
pub mod prefix;
