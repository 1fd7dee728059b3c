// SPDX-License-Identifier: Apache-2.0
//! The smallest eBPF program loaded.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use std::os::fd::AsRawFd as _;

/// Ways to load.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "bpf_load.filter", setup: nothing, act: filter }];

fn filter(_: &Ground) -> Result<Truth> {
    let program = raw::bpf_load("e2e_filter")?;
    let about = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", program.as_raw_fd()))?;
    let id = about.lines().find_map(|line| line.strip_prefix("prog_id:"));
    let id: u32 = id.unwrap_or_default().trim().parse()?;
    Ok(Truth::new().with("id", id))
}
