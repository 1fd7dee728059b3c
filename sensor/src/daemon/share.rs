// SPDX-License-Identifier: Apache-2.0
//! Who besides root may read the store: `store.group` and `store.mode`.
use super::roles::gid_of;
use crate::config::Config;
use rustix::fs::{Gid, Mode, chmod, chown};
use std::fs;
use std::io;
use std::path::Path;

/// Gives the store's directory and files their group and permission bits.
///
/// A reader of LMDB enters itself into the lock file, so who may read the store may write there.
///
/// # Errors
/// The group does not exist, or the bits cannot be changed.
pub fn with_group(config: &Config) -> io::Result<()> {
    let group = match config.store.group.as_str() {
        "" => None,
        name => Some(gid_of(name).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("store.group: no group `{name}`"))
        })?),
    };
    let (directory, bits) = (&config.store.path, config.store.mode.0);
    give(directory, group, bits | (bits & 0o444) >> 2)?;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let lock = path.file_name().is_some_and(|name| name == "lock.mdb");
        give(&path, group, if lock { bits | (bits & 0o444) >> 1 } else { bits })?;
    }
    Ok(())
}

fn give(path: &Path, group: Option<u32>, bits: u32) -> io::Result<()> {
    if let Some(group) = group {
        chown(path, None, Some(Gid::from_raw(group)))?;
    }
    Ok(chmod(path, Mode::from_raw_mode(bits))?)
}
