// SPDX-License-Identifier: Apache-2.0
//! A mount removed.

use crate::mount::{bind_to, own_namespace, two_directories};
use crate::truth::{Ground, Scenario, Truth};
use anyhow::Result;
use nix::mount::{MntFlags, umount2};

/// Ways to unmount.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "unmount.lazy", setup: two_directories, act: lazy }];

fn lazy(ground: &Ground) -> Result<Truth> {
    own_namespace()?;
    bind_to(&ground.path("a"), &ground.path("b"))?;
    umount2(&ground.path("b"), MntFlags::MNT_DETACH)?;
    Ok(Truth::new().path("path", &ground.path("b")))
}
