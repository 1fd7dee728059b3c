// SPDX-License-Identifier: Apache-2.0
//! File operations through a ring: open, write, close, rename, unlink without their calls.

use crate::raw;
use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::Result;
use io_uring::{IoUring, opcode, types};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What rings can do to files.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "io_uring.write", setup: one_file, act: write },
    Scenario { name: "io_uring.names", setup: one_file, act: names },
];

fn text(path: &Path) -> Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

fn write(ground: &Ground) -> Result<Truth> {
    let mut ring = IoUring::new(4)?;
    let path = text(&ground.file())?;
    let cwd = types::Fd(nix::libc::AT_FDCWD);
    let open = opcode::OpenAt::new(cwd, path.as_ptr()).flags(nix::libc::O_WRONLY).build();
    let fd = types::Fd(raw::submit(&mut ring, &open)?);
    let bytes = b"through a ring";
    let write = opcode::Write::new(fd, bytes.as_ptr(), u32::try_from(bytes.len())?).build();
    raw::submit(&mut ring, &write)?;
    raw::submit(&mut ring, &opcode::Close::new(fd).build())?;
    Ok(Truth::new().file(&ground.file())?.with("operations", 3))
}

fn names(ground: &Ground) -> Result<Truth> {
    let mut ring = IoUring::new(4)?;
    let truth = Truth::new().file(&ground.file())?;
    let (old, new) = (text(&ground.file())?, text(&ground.path("new"))?);
    let cwd = types::Fd(nix::libc::AT_FDCWD);
    let rename = opcode::RenameAt::new(cwd, old.as_ptr(), cwd, new.as_ptr()).build();
    raw::submit(&mut ring, &rename)?;
    raw::submit(&mut ring, &opcode::UnlinkAt::new(cwd, new.as_ptr()).build())?;
    Ok(truth.path("new", &ground.path("new")).with("operations", 2))
}
