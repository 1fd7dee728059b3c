// SPDX-License-Identifier: Apache-2.0
//! Extended attributes, an ACL and an inode flag.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use rustix::fs::{XattrFlags, fsetxattr, removexattr, setxattr};
use std::fs::File;

/// Ways to set and remove.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_attribute.set", setup: one_file, act: set },
    Scenario { name: "file_attribute.descriptor", setup: one_file, act: descriptor },
    Scenario { name: "file_attribute.remove", setup: with_attribute, act: remove },
    Scenario { name: "file_attribute.acl", setup: one_file, act: acl },
    Scenario { name: "file_attribute.flags", setup: one_file, act: flags },
];

const NAME: &str = "user.colour";

fn set(ground: &Ground) -> Result<Truth> {
    setxattr(ground.file(), NAME, b"blue", XattrFlags::empty())?;
    Truth::new().file(&ground.file())
}

fn descriptor(ground: &Ground) -> Result<Truth> {
    fsetxattr(File::open(ground.file())?, NAME, b"blue", XattrFlags::empty())?;
    Truth::new().file(&ground.file())
}

fn with_attribute(ground: &Ground) -> Result<()> {
    one_file(ground)?;
    Ok(setxattr(ground.file(), NAME, b"blue", XattrFlags::empty())?)
}

fn remove(ground: &Ground) -> Result<Truth> {
    removexattr(ground.file(), NAME)?;
    Truth::new().file(&ground.file())
}

/// user::rw-, user:1:r--, group::r--, mask::r--, other::---, as `setfacl -m u:1:r` writes it.
fn acl(ground: &Ground) -> Result<Truth> {
    const VERSION: u32 = 2;
    const NO_ID: u32 = u32::MAX;
    let rows: [(u16, u16, u32); 5] =
        [(1, 6, NO_ID), (2, 4, 1), (4, 4, NO_ID), (16, 4, NO_ID), (32, 0, NO_ID)];
    let mut value = VERSION.to_le_bytes().to_vec();
    for (tag, rights, id) in rows {
        value.extend(tag.to_le_bytes());
        value.extend(rights.to_le_bytes());
        value.extend(id.to_le_bytes());
    }
    setxattr(ground.file(), "system.posix_acl_access", &value, XattrFlags::empty())?;
    Truth::new().file(&ground.file())
}

/// `chattr +d`: no dump.
fn flags(ground: &Ground) -> Result<Truth> {
    const NO_DUMP: u32 = 0x40;
    raw::set_inode_flags(&File::open(ground.file())?, NO_DUMP)?;
    Truth::new().file(&ground.file())
}
