// SPDX-License-Identifier: Apache-2.0
//! What the tests share: a recorder in a scratch directory, scenarios, and what was recorded.

pub mod golden;
pub mod program;
