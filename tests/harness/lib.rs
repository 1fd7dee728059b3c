// SPDX-License-Identifier: Apache-2.0
//! What the tests share: a recorder in a scratch directory, scenarios, and what was recorded.
//!
//! Black box: nothing of the recorder is linked. It is started, asked by its command line with
//! `--json`, and stopped, as a user would do it.

pub mod expect;
pub mod golden;
pub mod place;
pub mod program;
pub mod recorded;
pub mod recorder;
pub mod scenario;
pub mod suite;
pub mod tiers;
