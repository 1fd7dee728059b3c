// SPDX-License-Identifier: Apache-2.0
//! `tarsier`: arguments in, exit code out.
fn main() {}
