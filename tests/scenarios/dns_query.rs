// SPDX-License-Identifier: Apache-2.0
//! Questions to a name server, by datagram and by stream.

use crate::connect::ends;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::{Result, bail};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};

/// Ways to ask.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "dns_query.udp", setup: nothing, act: udp },
    Scenario { name: "dns_query.tcp", setup: nothing, act: tcp },
];

/// A loopback address of our own, so that no real resolver is disturbed.
pub fn server_address(last: u8) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 53))
}

/// A question for an AAAA record, as a resolver sends it.
pub fn question(id: u16, name: &str) -> Vec<u8> {
    const AAAA: u16 = 28;
    const INTERNET: u16 = 1;
    let mut message = Vec::new();
    message.extend(id.to_be_bytes());
    message.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap_or(63));
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(AAAA.to_be_bytes());
    message.extend(INTERNET.to_be_bytes());
    message
}

fn udp(_: &Ground) -> Result<Truth> {
    let to = server_address(77);
    let Ok(server) = UdpSocket::bind(to) else { bail!("SKIP: {to} cannot be bound here") };
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    client.send_to(&question(0x1234, "query.example.org"), to)?;
    server.recv(&mut [0; 512])?;
    Ok(ends(Truth::new(), client.local_addr()?, to))
}

/// Over a stream each message has its length in front.
fn tcp(_: &Ground) -> Result<Truth> {
    let to = server_address(78);
    let Ok(server) = TcpListener::bind(to) else { bail!("SKIP: {to} cannot be bound here") };
    let mut client = TcpStream::connect(to)?;
    let (mut accepted, from) = server.accept()?;
    let message = question(0x4321, "stream.example.org");
    let mut framed = u16::try_from(message.len())?.to_be_bytes().to_vec();
    framed.extend(message);
    client.write_all(&framed)?;
    accepted.read_exact(&mut vec![0; framed.len()])?;
    Ok(ends(Truth::new(), from, to))
}
