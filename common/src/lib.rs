// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Bytes and rules that every side agrees on.
//!
//! What may change: new kinds, new fields at the end of a body, new names in a table.
//! What never may: the id of a kind, the meaning of a field, the offset of a stored field.
//! No `cfg`, no `unsafe`, no allocation: layouts and pure functions only.
#![no_std]

pub mod counters;
pub mod errno;
pub mod event;
pub mod knobs;
pub mod limits;
pub mod loss;
pub mod matching;
pub mod names;
pub mod offsets;
pub mod record;
pub mod sockets;
pub mod value;
pub mod wire;
