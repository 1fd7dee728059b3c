// SPDX-License-Identifier: Apache-2.0
//! DNS: a payload becomes a query or an answer.
//!
//! Decoded leniently: what stands before the first broken or missing record is told and the event
//! is marked `cut`; a message whose header or question cannot be read is malformed. A datagram
//! with a DNS message also counts in its UDP flow.
use super::connect::Ends;
use crate::event::{Drafts, Moment, Tail, Who};
use common::event;
use common::names::{Direction, DnsType, EventFlags};
use common::record::Malformed;
use common::value::{IpList, Pad4, Text, TextList, Typed};
use common::wire::{self, Header};
use hickory_proto::op::{Edns, Header as Head, MessageType, Query};
use hickory_proto::rr::{RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
use std::fmt::Write;

/// A message as far as it could be read; kept between messages for its buffers.
#[derive(Debug, Default)]
pub struct Messages {
    text: String,
    addresses: Vec<[u8; 16]>,
    answers: Vec<u8>,
}

/// What a message says.
struct Read {
    head: Head,
    question: Option<Query>,
    code: u16,
    whole: bool,
}

impl Messages {
    /// A message to or from a name server.
    ///
    /// # Errors
    /// [`Malformed::Body`] when it is no DNS message.
    pub fn message(
        &mut self,
        who: &Who,
        header: &Header,
        body: &wire::Dns,
        message: &[u8],
        out: &mut Drafts,
    ) -> Result<(), Malformed> {
        let read = self.read(message).ok_or(Malformed::Body)?;
        let mut at = Moment::of(header);
        if !read.whole {
            at.flags.0 |= EventFlags::CUT.0;
        }
        if read.head.message_type == MessageType::Query {
            out.push(who, at, |tail| self.query(body, &read, tail));
        } else {
            out.push(who, at, |tail| self.response(body, &read, tail));
        }
        Ok(())
    }

    fn read(&mut self, message: &[u8]) -> Option<Read> {
        self.addresses.clear();
        self.answers.clear();
        let mut decoder = BinDecoder::new(message);
        let head = Head::read(&mut decoder).ok()?;
        let mut question = None;
        for n in 0..head.counts.queries {
            let query = Query::read(&mut decoder).ok()?;
            if n == 0 {
                question = Some(query);
            }
        }
        let code = u16::from(head.response_code);
        let mut read = Read { head, question, code, whole: true };
        for _ in 0..head.counts.answers {
            let Ok(record) = Record::<RData>::read(&mut decoder) else {
                read.whole = false;
                return Some(read);
            };
            self.answer(&record.data);
        }
        // Only for the high bits of the response code; nothing else of them is told.
        let rest = u32::from(head.counts.authorities) + u32::from(head.counts.additionals);
        for _ in 0..rest {
            let Ok(record) = Record::<RData>::read(&mut decoder) else { break };
            if record.record_type() == RecordType::OPT {
                read.code |= u16::from(Edns::from(&record).rcode_high()) << 4;
            }
        }
        Some(read)
    }

    fn answer(&mut self, data: &RData) {
        match data {
            RData::A(address) => self.addresses.push(address.0.to_ipv6_mapped().octets()),
            RData::AAAA(address) => self.addresses.push(address.0.octets()),
            other => {
                self.text.clear();
                // A record without a text form shows what was written before it gave up.
                if write!(self.text, "{other}").is_err() && self.text.is_empty() {
                    return;
                }
                let text = if matches!(other, RData::CNAME(_) | RData::NS(_) | RData::PTR(_)) {
                    rootless(&self.text)
                } else {
                    &self.text
                };
                if !self.answers.is_empty() {
                    self.answers.push(0);
                }
                self.answers.extend(text.bytes().filter(|byte| *byte != 0));
            }
        }
    }

    fn name(&mut self, read: &Read, tail: &mut Tail<'_>) -> [Text; 2] {
        let Some(question) = &read.question else { return [tail.maybe(None), tail.maybe(None)] };
        let name = question.name().to_ascii();
        let name = tail.text(rootless(&name).as_bytes());
        self.text.clear();
        let written = write!(self.text, "{}", question.query_type()).is_ok();
        [name, tail.maybe(written.then_some(self.text.as_bytes()))]
    }

    fn query(&mut self, body: &wire::Dns, read: &Read, tail: &mut Tail<'_>) -> event::DnsQuery {
        let [name, question_type] = self.name(read, tail);
        let [source, destination] = ends(body);
        event::DnsQuery {
            id: u32::from(read.head.id),
            dns_type: DnsType::QUERY,
            name,
            question_type,
            source_ip: source.0,
            destination_ip: destination.0,
            source_port: source.1,
            destination_port: destination.1,
            transport: body.transport,
            network_type: body.network_type,
            direction: Direction::OUTBOUND,
            reserved: Pad4(0),
        }
    }

    fn response(
        &mut self,
        body: &wire::Dns,
        read: &Read,
        tail: &mut Tail<'_>,
    ) -> event::DnsResponse {
        let [name, question_type] = self.name(read, tail);
        let [source, destination] = ends(body);
        self.text.clear();
        let code = match response_code(read.code) {
            Some(code) => code,
            None => {
                let written = write!(self.text, "{}", read.code);
                debug_assert!(written.is_ok(), "a String takes any text");
                &self.text
            }
        };
        event::DnsResponse {
            id: u32::from(read.head.id),
            dns_type: DnsType::ANSWER,
            name,
            question_type,
            response_code: tail.text(code.as_bytes()),
            resolved: if self.addresses.is_empty() {
                IpList::ABSENT
            } else {
                tail.ips(&self.addresses)
            },
            answers: if self.answers.is_empty() {
                TextList::ABSENT
            } else {
                tail.list(&self.answers)
            },
            source_ip: source.0,
            destination_ip: destination.0,
            source_port: source.1,
            destination_port: destination.1,
            transport: body.transport,
            network_type: body.network_type,
            direction: Direction::OUTBOUND,
        }
    }
}

/// The asking side, then the server: also of an answer, as for every other exchange.
fn ends(body: &wire::Dns) -> [(common::value::Ip, u32); 2] {
    let ends = Ends::of(body.local, body.local_port, body.remote, body.remote_port);
    ends.by(Direction::OUTBOUND)
}

/// A name without the dot of the root, which stays when it stands alone.
fn rootless(name: &str) -> &str {
    name.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Names as in the registry of DNS response codes.
fn response_code(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Messages;
    use crate::event::{Drafts, Value, Who};
    use common::names::{Direction, EventFlags, NetworkType, Transport};
    use common::record::Malformed;
    use common::value::{Bytes, Ip, ProcessKey, Span, Typed};
    use common::wire::{self, Header};
    use zerocopy::FromZeros;

    const QUERY: &[u8] =
        b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x03www\x07example\x03com\0\0\x01\0\x01";

    /// CNAME to web.example.com, then two addresses.
    fn response() -> Vec<u8> {
        let mut message = b"\x12\x34\x81\x80\x00\x01\x00\x03\0\0\0\0".to_vec();
        message.extend_from_slice(&QUERY[12..]);
        message.extend_from_slice(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03web\xc0\x10");
        message.extend_from_slice(b"\xc0\x2d\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x07");
        message.extend_from_slice(b"\xc0\x2d\0\x1c\0\x01\0\0\0\x3c\0\x10\x20\x01\x0d\xb8");
        message.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        message
    }

    fn body(direction: Direction) -> wire::Dns {
        wire::Dns {
            local: Ip([1; 16]),
            remote: Ip([2; 16]),
            local_port: 40_000,
            remote_port: 53,
            network_type: NetworkType::IPV4,
            transport: Transport::UDP,
            direction,
            message: Bytes(Span::ABSENT),
        }
    }

    fn told(
        message: &[u8],
        direction: Direction,
    ) -> Result<(Vec<(String, String)>, u64), Malformed> {
        let mut out = Drafts::default();
        let who = Who::Process(ProcessKey::ABSENT);
        let header = Header::new_zeroed();
        Messages::default().message(&who, &header, &body(direction), message, &mut out)?;
        let draft = out.iter().next().unwrap();
        let show = |value: Value<'_>| match value {
            Value::Text(text) | Value::TextList(text) => String::from_utf8_lossy(text).into_owned(),
            Value::IpList(list) => format!("{list:02x?}").replace(", ", ""),
            Value::Uint(n) => n.to_string(),
            other => format!("{other:?}"),
        };
        let fields = draft.kind.fields().iter();
        let fields = fields.filter_map(|f| {
            Some((f.name.to_string(), show(Value::read(f, draft.body, draft.tail)?)))
        });
        Ok((fields.collect(), draft.at.flags.0))
    }

    fn get<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
        &fields.iter().find(|(n, _)| n == name).unwrap().1
    }

    #[test]
    fn a_query_is_told() {
        let (fields, flags) = told(QUERY, Direction::OUTBOUND).unwrap();
        assert_eq!(get(&fields, "dns.id"), "4660");
        assert_eq!(get(&fields, "dns.question.name"), "www.example.com");
        assert_eq!(get(&fields, "dns.question.type"), "A");
        assert_eq!(get(&fields, "destination.port"), "53");
        assert_eq!(flags, 0);
    }

    #[test]
    fn an_answer_has_addresses_and_other_data_apart() {
        let (fields, flags) = told(&response(), Direction::INBOUND).unwrap();
        assert_eq!(get(&fields, "dns.response_code"), "NOERROR");
        assert_eq!(get(&fields, "dns.answers.data"), "web.example.com");
        let addresses = "[00000000000000000000ffffc000020720010db8000000000000000000000001]";
        assert_eq!(get(&fields, "dns.resolved_ip"), addresses);
        assert_eq!((get(&fields, "destination.port"), flags), ("53", 0));
    }

    #[test]
    fn a_cut_answer_tells_what_it_has() {
        let whole = response();
        let (fields, flags) = told(&whole[..whole.len() - 5], Direction::INBOUND).unwrap();
        assert_eq!(flags, EventFlags::CUT.0);
        assert_eq!(get(&fields, "dns.answers.data"), "web.example.com");
        assert_eq!(get(&fields, "dns.resolved_ip"), "[00000000000000000000ffffc0000207]");
    }

    #[test]
    fn what_is_no_message_is_malformed() {
        assert_eq!(told(&QUERY[..20], Direction::OUTBOUND).unwrap_err(), Malformed::Body);
        assert_eq!(told(b"hello", Direction::OUTBOUND).unwrap_err(), Malformed::Body);
    }

    #[test]
    fn an_unknown_code_is_a_number_and_edns_raises_it() {
        let mut message = QUERY.to_vec();
        message[2] = 0x81;
        message[3] = 0x8f;
        assert_eq!(get(&told(&message, Direction::INBOUND).unwrap().0, "dns.response_code"), "15");
        message[3] = 0x80;
        message[11] = 1;
        message.extend_from_slice(b"\0\0\x29\x04\xd0\x01\0\0\0\0\0");
        let (fields, _) = told(&message, Direction::INBOUND).unwrap();
        assert_eq!(get(&fields, "dns.response_code"), "BADVERS");
    }
}
