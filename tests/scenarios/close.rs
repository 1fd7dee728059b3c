// SPDX-License-Identifier: Apache-2.0
//! Connections ended, with a known number of bytes each way.

use crate::connect::ends;
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// Ways to end.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "close.counted", setup: nothing, act: counted },
    Scenario { name: "close.silent", setup: nothing, act: silent },
];

/// The child asks, sends `asked` bytes and reads to the end; we answer with `answered`.
fn talk(asked: usize, answered: usize) -> Result<Truth> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let child = raw::fork(|| {
        let Ok(mut stream) = TcpStream::connect(address) else { return 1 };
        let sent = stream.write_all(&vec![b'q'; asked]);
        let closed = stream.shutdown(std::net::Shutdown::Write);
        let read = stream.read_to_end(&mut Vec::new());
        i32::from(sent.is_err() || closed.is_err() || read.is_err())
    })?;
    let (mut stream, peer) = listener.accept()?;
    let local = stream.local_addr()?;
    stream.read_to_end(&mut Vec::new())?;
    std::thread::sleep(Duration::from_millis(20));
    stream.write_all(&vec![b'a'; answered])?;
    drop(stream);
    raw::wait(child)?;
    Ok(ends(Truth::new(), peer, local)
        .with("child", child.as_raw())
        .with("asked", asked)
        .with("answered", answered))
}

fn counted(_: &Ground) -> Result<Truth> {
    talk(1000, 70_000)
}

fn silent(_: &Ground) -> Result<Truth> {
    talk(0, 0)
}
