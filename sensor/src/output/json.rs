// SPDX-License-Identifier: Apache-2.0
//! One JSON object a line, nested by the dots of the ECS names; ours are under `tarsier`.
//!
//! Times are RFC 3339 in UTC with nanoseconds; durations and boot times are nanoseconds; modes are
//! octal and devices `major:minor`, as ECS has both as texts; sets are arrays. Bytes that are no
//! UTF-8 are written as `\xNN` (`\\` for a backslash in the same text), and `tarsier.encoding`
//! lists the fields this was done to, so that every byte can be got back.
use super::{Output, escape, show};
use crate::event::{DERIVED, Event, Slot, Value, show_key};
use serde_json::{Map, Value as Json_};
use std::io::{self, Write};

/// The format.
pub struct Json;

/// The kind's number says nothing that `event.action` does not say better.
const LEFT_OUT: &[&str] = &["tarsier.kind"];
/// ECS has these as arrays.
const ARRAYS: &[&str] = &["event.category", "event.type"];

impl Output for Json {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &object(event))?;
        out.write_all(b"\n")
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The event as a nested object.
fn object(event: &Event) -> Map<String, Json_> {
    let mut top = Map::new();
    let mut changed: Vec<Json_> = Vec::new();
    let mut put = |name: &'static str, value: Value<'_>| {
        let mut escaped = false;
        let mut json = json(value, &mut escaped);
        if ARRAYS.contains(&name) {
            json = Json_::Array(vec![json]);
        }
        if escaped {
            changed.push(name.into());
        }
        insert(&mut top, name, json);
    };
    let parts = event.parts();
    for row in DERIVED {
        let mut scratch = Vec::new();
        if let Some(slot @ Slot::Derived(_)) = Slot::of(event.kind, row.name)
            && let Some(value) = slot.read(&parts, &mut scratch)
        {
            put(row.name, value);
        }
    }
    // The body comes first in `fields` and wins, so what is there already stays.
    let mut seen: Vec<&str> = Vec::new();
    for (field, value) in event.fields() {
        if !LEFT_OUT.contains(&field.name) && !seen.contains(&field.name) {
            seen.push(field.name);
            put(field.name, value);
        }
    }
    if !changed.is_empty() {
        insert(&mut top, "tarsier.encoding", Json_::Array(changed));
    }
    top
}

/// Puts a value at a dotted name.
fn insert(top: &mut Map<String, Json_>, name: &str, value: Json_) {
    match name.split_once('.') {
        None => {
            top.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = top.entry(first).or_insert_with(|| Json_::Object(Map::new()));
            if let Json_::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn json(value: Value<'_>, escaped: &mut bool) -> Json_ {
    let mut text = |bytes: &[u8]| {
        let (text, changed) = escape::json(bytes);
        *escaped |= changed;
        Json_::String(text)
    };
    match value {
        Value::Uint(n) | Value::BootTime(n) | Value::Duration(n) => n.into(),
        Value::Int(n) => n.into(),
        Value::Errno(n) => show::errno(n).into(),
        Value::Mode(bits) => show::mode(bits).into(),
        Value::Time(ns) => show::rfc3339(ns).into(),
        Value::Device(n) => show::device(n).into(),
        Value::Text(bytes) => text(bytes),
        Value::TextList(all) => show::list(all).map(text).collect(),
        Value::Bytes(bytes) => show::hexadecimal(bytes).into(),
        Value::Ip(address) => show::ip(address).into(),
        Value::IpList(all) => show::ips(all).collect(),
        Value::Hash(hash) => show::hexadecimal(&hash).into(),
        Value::ProcessKey(key) => show_key(key).into(),
        Value::Name(number, names) => show::name(number, names).into(),
        Value::Flags(bits, names) => show::flags(bits, names).into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::event::{DERIVED, Slot};
    use common::event::{Context, Head, Kind};
    use common::record::Body;

    /// In nested objects a name cannot be a value and the parent of others.
    #[test]
    fn no_name_is_the_parent_of_another() {
        for kind in Kind::ALL {
            let derived = DERIVED.iter().map(|row| row.name);
            let derived = derived.filter(|name| Slot::of(*kind, name).is_some());
            let tables = [kind.fields(), Context::FIELDS, Head::FIELDS].concat();
            let names: Vec<&str> = tables.iter().map(|f| f.name).chain(derived).collect();
            for name in &names {
                let parent = format!("{name}.");
                let child = names.iter().find(|other| other.starts_with(&parent));
                assert_eq!(child, None, "{} of {}", name, kind.name());
            }
        }
    }
}
