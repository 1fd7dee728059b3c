// SPDX-License-Identifier: Apache-2.0
//! A socket that begins to listen.

use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, socket};
use std::net::{SocketAddrV4, TcpListener};
use std::os::fd::AsRawFd as _;

/// Ways to listen.
pub const SCENARIOS: &[Scenario] = &[Scenario { name: "listen.v4", setup: nothing, act: v4 }];

fn v4(_: &Ground) -> Result<Truth> {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    let here: SocketAddrV4 = "127.0.0.1:0".parse()?;
    bind(socket.as_raw_fd(), &SockaddrIn::from(here))?;
    nix::sys::socket::listen(&socket, Backlog::new(17)?)?;
    let address = TcpListener::from(socket).local_addr()?;
    Ok(Truth::new().with("ip", address.ip().to_string()).with("port", address.port()))
}
