// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Sockets: their two ends, their state, their totals.
use crate::kernel::offsets as at;
use crate::kernel::read::{kernel, member, user};
use crate::kernel::{File, Sock};
use aya_ebpf::helpers::generated as helpers;
use aya_ebpf::programs::{BtfTracePointContext, FExitContext};
use common::names::NetworkType;
use common::value::{Ip, Typed};
use core::ffi::c_void;

/// `AF_INET`.
pub const INET: u32 = 2;
/// `AF_INET6`.
pub const INET6: u32 = 10;
/// `IPPROTO_TCP`.
pub const TCP: u32 = 6;
/// `IPPROTO_UDP`.
pub const UDP: u32 = 17;
/// The word before an IPv4 address in a mapped one.
const MAPPED: u32 = 0xffff_0000;
/// `SS_UNCONNECTED`: also while a connect has not left its own system call.
const UNCONNECTED: u32 = 1;
/// `SOCK_DONE`: the peer's FIN has arrived.
const DONE_BIT: u64 = 1 << 1;
const S_IFMT: u32 = 0o170_000;
const S_IFSOCK: u32 = 0o140_000;

/// Both ends of a socket, or what is known of them.
#[derive(Clone, Copy)]
pub struct Ends {
    /// Local address.
    pub local: Ip,
    /// The peer's.
    pub remote: Ip,
    /// Local port.
    pub local_port: u32,
    /// The peer's.
    pub remote_port: u32,
    /// v4-mapped addresses are IPv4.
    pub network_type: NetworkType,
}

/// An IPv4 address, as it stands in memory, mapped into IPv6.
#[inline(always)]
pub fn mapped(address: u32) -> Ip {
    wide([0, 0, MAPPED, address])
}

/// An IPv6 address as it stands in memory.
#[inline(always)]
pub fn wide(words: [u32; 4]) -> Ip {
    Ip(zerocopy::transmute!(words))
}

/// Whether it is IPv4 in IPv6's clothes.
#[inline(always)]
pub fn is_mapped(words: [u32; 4]) -> bool {
    words[0] == 0 && words[1] == 0 && words[2] == MAPPED
}

/// A port in network order, 0 being none.
#[inline(always)]
pub fn port(network_order: u16) -> u32 {
    match u32::from(u16::from_be(network_order)) {
        0 => u32::ABSENT,
        port => port,
    }
}

impl Sock {
    /// Behind an open file; null when the file is no socket.
    #[inline(always)]
    pub fn of_file(file: File) -> Sock {
        if file.is_null() || file.inode().mode().0 & S_IFMT != S_IFSOCK {
            return Sock::at(0);
        }
        let socket: u64 = member(file.address(), &at::FILE_PRIVATE);
        Sock::of_socket(socket)
    }

    /// Behind a `struct socket`.
    #[inline(always)]
    pub fn of_socket(socket: u64) -> Sock {
        Sock::at(member(socket, &at::SOCKET_SOCK))
    }

    /// `AF_*`.
    #[inline(always)]
    pub fn family(self) -> u32 {
        let family: u16 = member(self.address(), &at::SOCK_FAMILY);
        u32::from(family)
    }

    /// `IPPROTO_*`.
    #[inline(always)]
    pub fn protocol(self) -> u32 {
        let protocol: u16 = member(self.address(), &at::SOCK_PROTOCOL);
        u32::from(protocol)
    }

    /// Whether it speaks TCP over IPv4 or IPv6.
    #[inline(always)]
    pub fn is_tcp(self) -> bool {
        let family = self.family();
        (family == INET || family == INET6) && self.protocol() == TCP
    }

    /// `TCP_*` state.
    #[inline(always)]
    pub fn state(self) -> u32 {
        let state: u8 = member(self.address(), &at::SOCK_STATE);
        u32::from(state)
    }

    /// Pending error, 0 when there is none.
    #[inline(always)]
    pub fn error(self) -> i32 {
        member(self.address(), &at::SOCK_ERROR)
    }

    /// The number it was given for ever; 0 when nobody asked for one yet.
    #[inline(always)]
    pub fn known_cookie(self) -> u64 {
        member(self.address(), &at::SOCK_COOKIE)
    }

    /// Whether a connect has not left its own system call.
    #[inline(always)]
    pub fn in_connect(self) -> bool {
        let socket: u64 = member(self.address(), &at::SOCK_SOCKET);
        let state: u32 = member(socket, &at::SOCKET_STATE);
        socket != 0 && state == UNCONNECTED
    }

    /// Queue a listening socket was given.
    #[inline(always)]
    pub fn backlog(self) -> u32 {
        member(self.address(), &at::SOCK_BACKLOG)
    }

    /// Local port while the socket is bound, else absent.
    #[inline(always)]
    pub fn bound_port(self) -> u32 {
        let number: u16 = member(self.address(), &at::SOCK_NUM);
        if number == 0 { u32::ABSENT } else { u32::from(number) }
    }

    /// Payload bytes sent, each once, and received. The kernel's count of what was received
    /// includes the peer's FIN as a byte.
    #[inline(always)]
    pub fn totals(self) -> (u64, u64) {
        let sent: u64 = member(self.address(), &at::TCP_SENT);
        let again: u64 = member(self.address(), &at::TCP_RETRANS);
        let received: u64 = member(self.address(), &at::TCP_RECEIVED);
        let bits: u64 = member(self.address(), &at::SOCK_BITS);
        let fin = u64::from(bits & DONE_BIT != 0 && received > 0);
        (sent.wrapping_sub(again), received - fin)
    }

    /// Both ends. The local port is the one last bound: it outlives the binding.
    #[inline(always)]
    pub fn ends(self) -> Ends {
        let local_port: u16 = member(self.address(), &at::INET_SPORT);
        let remote_port: u16 = member(self.address(), &at::SOCK_DPORT);
        let (local_port, remote_port) = (port(local_port), port(remote_port));
        if self.family() == INET6 && at::present(&at::SOCK_DADDR6) {
            let remote: [u32; 4] = member(self.address(), &at::SOCK_DADDR6);
            if !is_mapped(remote) {
                let local: [u32; 4] = member(self.address(), &at::SOCK_SADDR6);
                let network_type = NetworkType::IPV6;
                let (local, remote) = (wide(local), wide(remote));
                return Ends { local, remote, local_port, remote_port, network_type };
            }
        }
        let local = mapped(member(self.address(), &at::SOCK_SADDR));
        let remote = mapped(member(self.address(), &at::SOCK_DADDR));
        Ends { local, remote, local_port, remote_port, network_type: NetworkType::IPV4 }
    }
}

/// An address a process named: `None` when it is neither IPv4 nor IPv6.
#[inline(always)]
pub fn named(
    address: u64,
    read4: impl Fn(u64) -> [u32; 2],
    read6: impl Fn(u64) -> [u32; 6],
) -> Option<(Ip, u32, NetworkType)> {
    let [start, ip] = read4(address);
    let remote_port = port((start >> 16) as u16);
    match start & 0xffff {
        INET => Some((mapped(ip), remote_port, NetworkType::IPV4)),
        INET6 => {
            let [_, _, a, b, c, d] = read6(address);
            let words = [a, b, c, d];
            let kind = if is_mapped(words) { NetworkType::IPV4 } else { NetworkType::IPV6 };
            Some((wide(words), remote_port, kind))
        }
        _ => None,
    }
}

/// The start of a `struct sockaddr_in` of the current process.
#[inline(always)]
pub fn user4(address: u64) -> [u32; 2] {
    user(address)
}

/// A `struct sockaddr_in6` of the current process, without its scope.
#[inline(always)]
pub fn user6(address: u64) -> [u32; 6] {
    user(address)
}

/// As [`user4`], of an address the kernel has copied already.
#[inline(always)]
pub fn kernel4(address: u64) -> [u32; 2] {
    kernel(address)
}

/// As [`user6`], of an address the kernel has copied already.
#[inline(always)]
pub fn kernel6(address: u64) -> [u32; 6] {
    kernel(address)
}

/// The cookie of the socket that is a tracepoint's first argument, made now if it has none.
#[inline(always)]
pub fn cookie(context: &BtfTracePointContext) -> u64 {
    let sock: *mut c_void = context.arg(0);
    // SAFETY: the verifier knows the argument as a live `struct sock`.
    unsafe { helpers::bpf_get_socket_cookie(sock) }
}

/// What a function returned that gives a socket; null when it failed.
#[inline(always)]
pub fn returned(context: &FExitContext) -> Sock {
    Sock::at(context.ret::<u64>().unwrap_or(0))
}
