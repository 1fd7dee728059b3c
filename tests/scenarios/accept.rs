// SPDX-License-Identifier: Apache-2.0
//! Connections taken, by a process that did not ask for them.

use crate::connect::ends;
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::{Result, bail};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

/// Ways to accept.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "accept.v4", setup: nothing, act: v4 },
    Scenario { name: "accept.v6", setup: nothing, act: v6 },
];

/// The child asks, we accept.
fn accept(here: IpAddr) -> Result<Truth> {
    let listener = TcpListener::bind((here, 0))?;
    let address = listener.local_addr()?;
    let child = raw::fork(|| i32::from(TcpStream::connect(address).is_err()))?;
    let (stream, peer): (TcpStream, SocketAddr) = listener.accept()?;
    let local = stream.local_addr()?;
    raw::wait(child)?;
    Ok(ends(Truth::new(), peer, local).with("child", child.as_raw()))
}

fn v4(_: &Ground) -> Result<Truth> {
    accept(Ipv4Addr::LOCALHOST.into())
}

fn v6(_: &Ground) -> Result<Truth> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        bail!("SKIP: no IPv6 loopback here");
    }
    accept(Ipv6Addr::LOCALHOST.into())
}
