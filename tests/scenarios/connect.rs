// SPDX-License-Identifier: Apache-2.0
//! Connections asked for: granted, refused, unreachable, and waited for.

use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::{Result, bail};
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, connect, socket};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// Ways to connect.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "connect.v4", setup: nothing, act: v4 },
    Scenario { name: "connect.v6", setup: nothing, act: v6 },
    Scenario { name: "connect.mapped", setup: nothing, act: mapped },
    Scenario { name: "connect.refused", setup: nothing, act: refused },
    Scenario { name: "connect.unreachable", setup: nothing, act: unreachable },
    Scenario { name: "connect.nonblocking", setup: nothing, act: nonblocking },
    Scenario { name: "connect.nonblocking_refused", setup: nothing, act: nonblocking_refused },
];

/// Adds both ends of a stream, seen from the side that began.
pub fn ends(truth: Truth, from: SocketAddr, to: SocketAddr) -> Truth {
    let plain = |ip: std::net::IpAddr| ip.to_canonical().to_string();
    truth
        .with("source_ip", plain(from.ip()))
        .with("source_port", from.port())
        .with("destination_ip", plain(to.ip()))
        .with("destination_port", to.port())
}

/// Connects, and lets the kernel finish before the next thing.
fn to(address: SocketAddr, asked: SocketAddr) -> Result<Truth> {
    let listener = TcpListener::bind(address)?;
    let asked = SocketAddr::new(asked.ip(), listener.local_addr()?.port());
    let stream = TcpStream::connect(asked)?;
    Ok(ends(Truth::new(), stream.local_addr()?, stream.peer_addr()?))
}

fn v4(_: &Ground) -> Result<Truth> {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    to(here, here)
}

fn v6(_: &Ground) -> Result<Truth> {
    let here = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
    if TcpListener::bind(here).is_err() {
        bail!("SKIP: no IPv6 loopback here");
    }
    to(here, here)
}

/// An IPv6 socket that speaks IPv4.
fn mapped(_: &Ground) -> Result<Truth> {
    let asked = SocketAddr::from((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), 0));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        bail!("SKIP: no IPv6 loopback here");
    }
    to(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), asked)
}

/// A port nobody listens on.
fn closed_port() -> Result<SocketAddrV4> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, listener.local_addr()?.port()))
}

fn refused(_: &Ground) -> Result<Truth> {
    let address = closed_port()?;
    let refused = TcpStream::connect(address).is_err();
    Ok(target(Truth::new(), address.into()).with("refused", refused))
}

fn target(truth: Truth, address: SocketAddr) -> Truth {
    truth
        .with("destination_ip", address.ip().to_canonical().to_string())
        .with("destination_port", address.port())
}

/// In a network namespace without any route: it fails before a packet is made.
fn unreachable(_: &Ground) -> Result<Truth> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    let nowhere = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 9), 9));
    let answer = TcpStream::connect(nowhere);
    let errno = answer.err().and_then(|why| why.raw_os_error());
    if errno != Some(Errno::ENETUNREACH as i32) {
        bail!("expected ENETUNREACH, got {errno:?}");
    }
    Ok(target(Truth::new(), nowhere))
}

fn start(address: SocketAddrV4) -> Result<(std::os::fd::OwnedFd, bool)> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    let answer = connect(socket.as_raw_fd(), &SockaddrIn::from(address));
    Ok((socket, answer == Err(Errno::EINPROGRESS)))
}

/// The call says "in progress"; the answer comes later.
fn nonblocking(_: &Ground) -> Result<Truth> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, listener.local_addr()?.port());
    let (socket, waited) = start(address)?;
    std::thread::sleep(Duration::from_millis(50));
    let stream = TcpStream::from(socket);
    let truth = ends(Truth::new(), stream.local_addr()?, stream.peer_addr()?);
    Ok(truth.with("waited", waited))
}

fn nonblocking_refused(_: &Ground) -> Result<Truth> {
    let address = closed_port()?;
    let (socket, waited) = start(address)?;
    std::thread::sleep(Duration::from_millis(50));
    let why = TcpStream::from(socket).take_error()?;
    let why = why.and_then(|why| why.raw_os_error()).unwrap_or(0);
    Ok(target(Truth::new(), address.into()).with("waited", waited).with("errno", why))
}
