// SPDX-License-Identifier: Apache-2.0
//! Content changed in every way, by one and by several hands.

use crate::raw::{self, Mapping};
use crate::truth::{Ground, Scenario, Truth, one_file};
use anyhow::{Result, bail};
use nix::sys::socket::{ControlMessage, MsgFlags, recvmsg, sendmsg};
use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, IoSliceMut, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::time::Duration;

/// Ways to change content.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "file_write.plain", setup: one_file, act: plain },
    Scenario { name: "file_write.create", setup: crate::truth::nothing, act: create },
    Scenario { name: "file_write.truncate_at_open", setup: one_file, act: truncate_at_open },
    Scenario { name: "file_write.one_tick", setup: one_file, act: one_tick },
    Scenario { name: "file_write.two_holders", setup: one_file, act: two_holders },
    Scenario { name: "file_write.many_calls", setup: one_file, act: many_calls },
    Scenario { name: "file_write.copied", setup: one_file, act: copied },
    Scenario { name: "file_write.mapping", setup: one_file, act: mapping },
    Scenario { name: "file_write.still_open", setup: one_file, act: still_open },
    Scenario { name: "file_write.by_child", setup: one_file, act: by_child },
    Scenario { name: "file_write.closed_by_exec", setup: one_file, act: closed_by_exec },
    Scenario { name: "file_write.closed_by_range", setup: one_file, act: closed_by_range },
    Scenario { name: "file_write.closed_by_exit", setup: one_file, act: closed_by_exit },
    Scenario { name: "file_write.closed_by_receiver", setup: one_file, act: closed_by_receiver },
    Scenario { name: "file_write.parent_renamed", setup: nested, act: parent_renamed },
];

fn open(ground: &Ground) -> Result<File> {
    Ok(OpenOptions::new().write(true).read(true).open(ground.file())?)
}

fn size(ground: &Ground) -> Result<Truth> {
    let size = fs::metadata(ground.file())?.len();
    Ok(Truth::new().file(&ground.file())?.with("size", size))
}

fn plain(ground: &Ground) -> Result<Truth> {
    open(ground)?.write_all(b"something longer\n")?;
    size(ground)
}

fn create(ground: &Ground) -> Result<Truth> {
    fs::write(ground.file(), "content")?;
    size(ground)
}

/// Emptied by the open alone: content changed although nothing was written.
fn truncate_at_open(ground: &Ground) -> Result<Truth> {
    OpenOptions::new().write(true).truncate(true).open(ground.file())?;
    size(ground)
}

/// Two writable opens in one clock tick: the times of the file do not tell them apart.
fn one_tick(ground: &Ground) -> Result<Truth> {
    for letter in [b"a", b"b"] {
        open(ground)?.write_all_at(letter, 0)?;
    }
    size(ground)
}

/// Both see the other's changed times; only one wrote.
fn two_holders(ground: &Ground) -> Result<Truth> {
    let (writer, idle) = (open(ground)?, open(ground)?);
    writer.write_all_at(b"x", 0)?;
    drop(writer);
    drop(idle);
    size(ground)
}

/// One open, many writes: one event.
fn many_calls(ground: &Ground) -> Result<Truth> {
    let mut file = open(ground)?;
    for _ in 0..100 {
        file.write_all(b"line\n")?;
    }
    let written = file.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")])?;
    drop(file);
    Ok(size(ground)?.with("last", written))
}

/// copy_file_range and sendfile write without a write call.
fn copied(ground: &Ground) -> Result<Truth> {
    let from = File::open("/proc/self/exe")?;
    let to = open(ground)?;
    nix::fcntl::copy_file_range(&from, Some(&mut 0), &to, Some(&mut 0), 100)?;
    drop(to);
    let to = open(ground)?;
    nix::sys::sendfile::sendfile(&to, &from, Some(&mut 0), 300)?;
    drop(to);
    size(ground)
}

fn mapping(ground: &Ground) -> Result<Truth> {
    let file = open(ground)?;
    let mapping = Mapping::shared(&file)?;
    drop(file);
    mapping.poke(0, b'X');
    drop(mapping);
    size(ground)
}

/// Held open for longer than a writer may keep its change to itself.
fn still_open(ground: &Ground) -> Result<Truth> {
    let mut file = open(ground)?;
    file.write_all(b"early")?;
    std::thread::sleep(Duration::from_millis(2500));
    drop(file);
    size(ground)
}

/// The parent opens, the child writes and leaves, the parent closes.
fn by_child(ground: &Ground) -> Result<Truth> {
    let mut file = open(ground)?;
    let child = raw::fork(|| i32::from(file.write_all(b"child").is_err()))?;
    raw::wait(child)?;
    drop(file);
    Ok(size(ground)?.with("child", child.as_raw()))
}

fn closed_by_exec(ground: &Ground) -> Result<Truth> {
    let child = raw::fork(|| {
        let Ok(mut file) = open(ground) else { return 1 };
        let written = file.write_all(b"exec");
        let Ok(mut next) = ground.noop() else { return 1 };
        drop((written, next.exec()));
        1
    })?;
    raw::wait(child)?;
    Ok(size(ground)?.with("child", child.as_raw()))
}

fn closed_by_range(ground: &Ground) -> Result<Truth> {
    let mut file = open(ground)?;
    file.write_all(b"range")?;
    let fd = raw::forget(file);
    raw::close_range(fd, fd)?;
    size(ground)
}

fn closed_by_exit(ground: &Ground) -> Result<Truth> {
    let child = raw::fork(|| match open(ground).and_then(|mut f| Ok(f.write_all(b"exit")?)) {
        Ok(()) => 0,
        Err(_) => 1,
    })?;
    raw::wait(child)?;
    Ok(size(ground)?.with("child", child.as_raw()))
}

/// Written here, sent over a socket, closed there.
fn closed_by_receiver(ground: &Ground) -> Result<Truth> {
    let (ours, theirs) = UnixStream::pair()?;
    let child = raw::fork(|| i32::from(receive(&theirs).is_err()))?;
    let mut file = open(ground)?;
    file.write_all(b"sent")?;
    let fds = [file.as_raw_fd()];
    let rights = [ControlMessage::ScmRights(&fds)];
    sendmsg::<()>(ours.as_raw_fd(), &[IoSlice::new(b"x")], &rights, MsgFlags::empty(), None)?;
    drop(file);
    drop(ours);
    raw::wait(child)?;
    Ok(size(ground)?.with("child", child.as_raw()))
}

/// Takes the descriptor, lets the sender close its own, then closes.
fn receive(socket: &UnixStream) -> Result<()> {
    let mut space = nix::cmsg_space!([i32; 1]);
    let mut byte = [0u8; 1];
    let mut parts = [IoSliceMut::new(&mut byte)];
    let fd = socket.as_raw_fd();
    let message = recvmsg::<()>(fd, &mut parts, Some(&mut space), MsgFlags::empty())?;
    if message.cmsgs()?.next().is_none() {
        bail!("no descriptor came");
    }
    std::thread::sleep(Duration::from_millis(50));
    Ok(())
}

fn nested(ground: &Ground) -> Result<()> {
    fs::create_dir(ground.path("before"))?;
    Ok(fs::write(ground.path("before").join("file"), "x")?)
}

/// The directory gets another name while the file is open.
fn parent_renamed(ground: &Ground) -> Result<Truth> {
    let mut file = OpenOptions::new().write(true).open(ground.path("before").join("file"))?;
    fs::rename(ground.path("before"), ground.path("after"))?;
    file.write_all(b"moved")?;
    drop(file);
    let path = ground.path("after").join("file");
    Ok(Truth::new()
        .file(&path)?
        .with("size", fs::metadata(&path)?.len())
        .path("opened_as", &ground.path("before").join("file"))
        .path("directory_old", &ground.path("before"))
        .path("directory", &ground.path("after")))
}
