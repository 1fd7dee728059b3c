// SPDX-License-Identifier: Apache-2.0
//! Answers of a name server: addresses, a name that leads on, and a refusal.

use crate::connect::ends;
use crate::dns_query::{question, server_address};
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::{Result, bail};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Ways to be answered.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "dns_response.addresses", setup: nothing, act: addresses },
    Scenario { name: "dns_response.no_such_name", setup: nothing, act: no_such_name },
];

const NAME_POINTER: [u8; 2] = [0xc0, 0x0c];

/// The answer to `asked`: code, and records of (type, data) for the name asked for.
fn answer(asked: &[u8], code: u8, records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut message = asked.to_vec();
    message[2] = 0x81;
    message[3] = 0x80 | code;
    message[7] = u8::try_from(records.len()).unwrap_or(0);
    for (kind, data) in records {
        message.extend(NAME_POINTER);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
        message.extend(data);
    }
    message
}

/// The child is the server; we ask and read the answer.
fn talk(to: SocketAddr, name: &str, code: u8, records: &[(u16, Vec<u8>)]) -> Result<Truth> {
    let Ok(server) = UdpSocket::bind(to) else { bail!("SKIP: {to} cannot be bound here") };
    server.set_read_timeout(Some(Duration::from_secs(10)))?;
    let child = raw::fork(|| {
        let mut buffer = [0u8; 512];
        let Ok((length, from)) = server.recv_from(&mut buffer) else { return 1 };
        i32::from(server.send_to(&answer(&buffer[..length], code, records), from).is_err())
    })?;
    drop(server);
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    client.connect(to)?;
    client.send(&question(0x0777, name))?;
    client.recv(&mut [0; 512])?;
    raw::wait(child)?;
    Ok(ends(Truth::new(), client.local_addr()?, to).with("child", child.as_raw()))
}

fn addresses(_: &Ground) -> Result<Truth> {
    let v6: Ipv6Addr = "2001:db8::35".parse()?;
    let records = [(28, v6.octets().to_vec()), (28, Ipv6Addr::LOCALHOST.octets().to_vec())];
    talk(server_address(79), "answer.example.org", 0, &records)
}

fn no_such_name(_: &Ground) -> Result<Truth> {
    talk(server_address(80), "missing.example.org", 3, &[])
}
