// SPDX-License-Identifier: Apache-2.0
//! The recorder: modules in layer order, lower never names higher (`tests/tidy.rs` checks it).

// layer 1: vocabulary
pub mod config;
pub mod event;
pub mod health;

// layer 2: strangers to each other
pub mod assemble;
pub mod enrich;
pub mod source;
pub mod store;

// layer 3: composition
pub mod output;
pub mod pipeline;
pub mod query;

// layer 4: programs
pub mod daemon;

// layer 5: the door
pub mod cli;
