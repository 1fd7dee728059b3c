// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Networks: an address and how many of its first bits count.
use core::net::IpAddr;

/// A network. Addresses are 16 bytes; IPv4 is mapped into `::ffff:0:0/96`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The network's address.
    pub address: [u8; 16],
    /// Leading bits that must agree, 0 to 128 (IPv4: 96 more than written).
    pub bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a lone address. Bits behind the mask may be set:
    /// `10.1.2.3/8` is what an interface calls its network.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(plain_number(bits)?)),
            None => (text, None),
        };
        let (address, most) = match address.parse().ok()? {
            IpAddr::V4(v4) => (v4.to_ipv6_mapped().octets(), 32),
            IpAddr::V6(v6) => (v6.octets(), 128),
        };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Cidr { address, bits: bits + (128 - most) })
    }

    /// Whether `subject` lies in the network.
    pub fn hits(&self, subject: &[u8; 16]) -> bool {
        let shift = 128u32.saturating_sub(u32::from(self.bits));
        let differ = u128::from_be_bytes(self.address) ^ u128::from_be_bytes(*subject);
        differ.checked_shr(shift).unwrap_or(0) == 0
    }
}

/// Digits only: `parse` alone would also take `+8`.
fn plain_number(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
