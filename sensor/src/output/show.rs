// SPDX-License-Identifier: Apache-2.0
//! Single values as people write them.
use super::escape;
use crate::event::{Names, Value, show_key};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::net::Ipv6Addr;

/// A wall time in a zone, to the millisecond.
pub fn time(ns: u64, zone: &TimeZone) -> String {
    match Timestamp::from_nanosecond(i128::from(ns)) {
        Ok(stamp) => stamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        Err(_) => ns.to_string(),
    }
}

/// A wall time as RFC 3339 in UTC, to the nanosecond.
pub fn rfc3339(ns: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(ns)) {
        Ok(stamp) => format!("{stamp:.9}"),
        Err(_) => ns.to_string(),
    }
}

/// A span of time in the unit that suits it.
pub fn duration(ns: u64) -> String {
    const UNITS: &[(u64, &str)] = &[
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    let Some(at) = UNITS.iter().position(|(each, _)| ns >= *each) else {
        return format!("{ns}ns");
    };
    let (each, name) = UNITS.get(at).copied().unwrap_or((1, "ns"));
    let whole = ns / each;
    match UNITS.get(at + 1) {
        Some((below, small)) if each >= 60_000_000_000 && ns % each >= *below => {
            format!("{whole}{name}{}{small}", ns % each / below)
        }
        _ if whole < 10 && each <= 1_000_000_000 => {
            format!("{whole}.{}{name}", ns % each * 10 / each)
        }
        _ => format!("{whole}{name}"),
    }
}

/// An address; IPv4 as IPv4.
pub fn ip(address: [u8; 16]) -> String {
    let address = Ipv6Addr::from(address);
    match address.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => address.to_string(),
    }
}

/// `major:minor`.
pub fn device(number: u32) -> String {
    format!("{}:{}", number >> 20, number & 0xf_ffff)
}

/// Permission bits in octal.
pub fn mode(bits: u32) -> String {
    format!("{:04o}", bits & 0o7777)
}

/// The name of an errno, or its number; `success` for 0.
pub fn errno(number: i32) -> String {
    match (number, common::errno::name(number)) {
        (0, _) => "success".to_owned(),
        (_, Some(name)) => name.to_owned(),
        (_, None) => number.to_string(),
    }
}

/// The name of a number, or the number.
pub fn name(number: u64, names: Names) -> String {
    let found = names.iter().find(|(row, _)| *row == number);
    found.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// The names of the bits that are set; `bit_N` for one without a name.
pub fn flags(bits: u64, names: Names) -> Vec<String> {
    let set = (0..64).filter(|bit| bits >> bit & 1 == 1);
    set.map(|bit| match names.iter().find(|(row, _)| *row == bit) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("bit_{bit}"),
    })
    .collect()
}

/// Lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The texts of a NUL-separated list.
pub fn list(all: &[u8]) -> impl Iterator<Item = &[u8]> {
    let some = !all.is_empty();
    let all = all.strip_suffix(&[0]).unwrap_or(all);
    all.split(|byte| *byte == 0).filter(move |_| some)
}

/// The addresses of a list.
pub fn ips(all: &[u8]) -> impl Iterator<Item = String> {
    all.as_chunks::<16>().0.iter().map(|address| ip(*address))
}

/// A value for people, safe on a terminal.
pub fn value(value: Value<'_>, zone: &TimeZone) -> String {
    match value {
        Value::Uint(n) => n.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Errno(n) => errno(n),
        Value::Mode(bits) => mode(bits),
        Value::Time(ns) => time(ns, zone),
        Value::BootTime(ns) => format!("boot+{}", duration(ns)),
        Value::Duration(ns) => duration(ns),
        Value::Device(n) => device(n),
        Value::Text(text) => escape::terminal(text),
        Value::TextList(all) => list(all).map(escape::terminal).collect::<Vec<_>>().join(" "),
        Value::Bytes(bytes) => hexadecimal(bytes),
        Value::Ip(address) => ip(address),
        Value::IpList(all) => ips(all).collect::<Vec<_>>().join(" "),
        Value::Hash(hash) => hexadecimal(&hash),
        Value::ProcessKey(key) => show_key(key),
        Value::Name(number, names) => name(number, names),
        Value::Flags(bits, names) => flags(bits, names).join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, errno, flags, ip, list, rfc3339};

    #[test]
    fn values_read_well() {
        assert_eq!(duration(90_000_000_000), "1m30s");
        assert_eq!(duration(1_500_000), "1.5ms");
        assert_eq!(duration(250_000_000), "250ms");
        assert_eq!(duration(7), "7ns");
        assert_eq!(errno(13), "EACCES");
        assert_eq!(errno(4_000), "4000");
        assert_eq!(ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]), "10.0.0.1");
        assert_eq!(flags(1 | 1 << 40, &[(0, "a")]), ["a", "bit_40"]);
        assert_eq!(list(b"a\0\0").count(), 2, "an empty argument is an argument");
        assert_eq!(list(b"").count(), 0);
        assert_eq!(rfc3339(1), "1970-01-01T00:00:00.000000001Z");
    }
}
