// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! DNS answers.
use crate::names::{Direction, DnsType, NetworkType, Transport};
use crate::record;
use crate::value::{Ip, IpList, Text, TextList};

record! {
    /// A name server answered.
    DnsResponse {
        /// Message id.
        id: u32 => "dns.id",
        /// Query or answer.
        dns_type: DnsType => "dns.type",
        /// Name asked for.
        name: Text => "dns.question.name",
        /// Record type asked for.
        question_type: Text => "dns.question.type",
        /// Outcome.
        response_code: Text => "dns.response_code",
        /// Addresses in the answer.
        resolved: IpList => "dns.resolved_ip",
        /// Other data in the answer.
        answers: TextList => "dns.answers.data",
        /// Address of the side that began.
        source_ip: Ip => "source.ip",
        /// Address of the side that was asked.
        destination_ip: Ip => "destination.ip",
        /// Port of the side that began.
        source_port: u32 => "source.port",
        /// Port of the side that was asked.
        destination_port: u32 => "destination.port",
        /// Transport protocol.
        transport: Transport => "network.transport",
        /// Address family.
        network_type: NetworkType => "network.type",
        /// Seen from this host.
        direction: Direction => "network.direction",
    }
}
