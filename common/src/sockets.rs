// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What the kernel side remembers of sockets, as bytes: the recorder walks the table of flows.
use crate::names::{Direction, NetworkType};
use crate::value::{Ip, ProcessKey};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Whose a socket is: packets arrive, and connections end, while some other process runs.
///
/// The owner is who connected, accepted or last sent; a child that inherits the descriptor, or a
/// process it is passed to, does not become the owner of a connection.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Owner {
    /// The process.
    pub process: ProcessKey,
    /// Its parent then.
    pub parent: ProcessKey,
    /// Its cgroup v2 id.
    pub cgroup_id: u64,
    /// When it connected, accepted or made the socket.
    pub began_ns: u64,
    /// The thread that did.
    pub tid: u32,
    /// Who began the connection; absent for a socket without one.
    pub direction: Direction,
    /// IANA protocol number.
    pub protocol: u32,
    /// Reserved, zero.
    pub reserved: u32,
}

/// A flow: one socket and one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct FlowKey {
    /// Cookie of the socket.
    pub socket: u64,
    /// The peer's address.
    pub remote: Ip,
    /// The peer's port.
    pub remote_port: u32,
    /// Reserved, zero.
    pub reserved: u32,
}

/// What is counted of a flow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Flow {
    /// Whose it was when it began.
    pub owner: Owner,
    /// Local address of the first datagram.
    pub local: Ip,
    /// Local port.
    pub local_port: u32,
    /// Address family.
    pub network_type: NetworkType,
    /// Outbound when the first datagram was sent from here.
    pub direction: Direction,
    /// Reserved, zero.
    pub reserved: u32,
    /// Payload bytes sent.
    pub sent_bytes: u64,
    /// Payload bytes received.
    pub received_bytes: u64,
    /// Datagrams sent.
    pub sent_packets: u64,
    /// Datagrams received.
    pub received_packets: u64,
    /// First datagram, nanoseconds since boot.
    pub first_ns: u64,
    /// Last datagram, nanoseconds since boot.
    pub last_ns: u64,
}

/// A file a process mapped executable; a new program of the same process is another.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct MappedKey {
    /// The process.
    pub process: ProcessKey,
    /// Inode number.
    pub inode: u64,
    /// Device number.
    pub device: u32,
    /// How many programs the process has begun, modulo 2^32.
    pub program: u32,
}

/// One direction of a DNS conversation over TCP.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StreamKey {
    /// Cookie of the socket.
    pub socket: u64,
    /// 1 for what is sent.
    pub outbound: u64,
}

/// Where the next DNS message of a stream begins.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Stream {
    /// TCP sequence number of its first byte.
    pub next: u32,
    /// Its length when the length came in a segment of its own, else 0.
    pub length: u32,
}
