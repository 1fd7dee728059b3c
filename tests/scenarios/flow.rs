// SPDX-License-Identifier: Apache-2.0
//! Datagrams between two processes: one flow on each side.

use crate::connect::ends;
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Ways to talk.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "flow.unconnected", setup: nothing, act: unconnected },
    Scenario { name: "flow.connected", setup: nothing, act: connected },
];

const ASKED: usize = 3;

/// Says its address, answers every datagram with twice its length, leaves after [`ASKED`].
fn echo(mut parent: UnixStream) -> i32 {
    let Ok(server) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) else { return 1 };
    let port = server.local_addr().map_or(0, |address| address.port());
    if parent.write_all(&port.to_le_bytes()).is_err() {
        return 1;
    }
    let mut buffer = [0u8; 512];
    for _ in 0..ASKED {
        let Ok((length, peer)) = server.recv_from(&mut buffer) else { return 1 };
        if server.send_to(&buffer[..2 * length], peer).is_err() {
            return 1;
        }
    }
    0
}

fn talk(connect: bool) -> Result<Truth> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let child = raw::fork(|| echo(theirs))?;
    let mut port = [0u8; 2];
    ours.read_exact(&mut port)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::from_le_bytes(port)));
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    if connect {
        client.connect(address)?;
    }
    let mut buffer = [0u8; 512];
    for _ in 0..ASKED {
        match connect {
            true => client.send(&[1; 100])?,
            false => client.send_to(&[1; 100], address)?,
        };
        client.recv(&mut buffer)?;
    }
    raw::wait(child)?;
    Ok(ends(Truth::new(), client.local_addr()?, address)
        .with("child", child.as_raw())
        .with("packets", ASKED)
        .with("asked", 100 * ASKED)
        .with("answered", 200 * ASKED))
}

fn unconnected(_: &Ground) -> Result<Truth> {
    talk(false)
}

fn connected(_: &Ground) -> Result<Truth> {
    talk(true)
}
