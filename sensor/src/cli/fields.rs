// SPDX-License-Identifier: Apache-2.0
//! `tarsier fields [KIND]`: the field tables that queries and every output walk.
use super::{Console, Exit, Failure};
use crate::event::{DERIVED, DerivedField};
use anyhow::Result;
use common::event::{Context, Head, Kind};
use common::record::{Body, Field};
use common::value::Type;
use serde_json::json;
use std::io::Write;
use std::sync::LazyLock;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    /// A kind of event, `head`, `context` or `derived`; all of them without one.
    tables: Vec<String>,
}

struct Table {
    name: &'static str,
    about: &'static str,
    fields: &'static [Field],
}

/// Prints the tables.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    let tables = chosen(&args.tables)?;
    let mut out = console.out();
    for (at, table) in tables.iter().enumerate() {
        if !console.json {
            let gap = if at > 0 { "\n" } else { "" };
            writeln!(out, "{gap}{}: {}", table.name, table.about)?;
        }
        for field in table.fields.iter().filter(|field| !matches!(field.ty, Type::Pad)) {
            let (ty, help) = (type_name(field.ty), field.help.trim());
            if console.json {
                let names = names_of(field.ty);
                let row = json!({"table": table.name, "field": field.name, "type": ty,
                                 "help": help, "names": names});
                writeln!(out, "{row}")?;
                continue;
            }
            writeln!(out, "  {:<32} {ty:<9} {help}", field.name)?;
            if !names_of(field.ty).is_empty() && !args.tables.is_empty() {
                writeln!(out, "  {:<42} {}", "", names_of(field.ty).join(", "))?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn chosen(names: &[String]) -> Result<Vec<Table>, Failure> {
    let head = Table { name: "head", about: "Every event has these.", fields: Head::FIELDS };
    let about = "Who did it: the process of the event.";
    let context = Table { name: "context", about, fields: Context::FIELDS };
    let about = "Made from other fields where they are asked for or shown.";
    let derived = Table { name: "derived", about, fields: derived() };
    let of = |kind: &Kind| Table { name: kind.name(), about: kind.about(), fields: kind.fields() };
    let mut all: Vec<Table> = vec![head, context, derived];
    all.extend(Kind::ALL.iter().map(of));
    if names.is_empty() {
        return Ok(all);
    }
    if let Some(name) = names.iter().find(|name| !all.iter().any(|table| table.name == **name)) {
        let kinds: Vec<&str> = all.iter().map(|table| table.name).collect();
        return Err(Failure::usage(format!("`{name}` is not a kind of event"))
            .next(format!("one of {}", kinds.join(", "))));
    }
    all.retain(|table| names.iter().any(|name| name == table.name));
    Ok(all)
}

/// The table of derived fields in the shape of the others; they have no place in a record.
fn derived() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let field = |row: &DerivedField| {
            let DerivedField { name, help, ty, .. } = *row;
            Field { name, help, offset: 0, width: 0, ty }
        };
        DERIVED.iter().map(field).collect()
    });
    &FIELDS
}

fn names_of(ty: Type) -> Vec<&'static str> {
    match ty {
        Type::Name(names) | Type::Flags(names) => names.iter().map(|(_, name)| *name).collect(),
        _ => Vec::new(),
    }
}

/// A field type in one word.
fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Uint => "number",
        Type::Int => "integer",
        Type::Errno => "errno",
        Type::Mode => "mode",
        Type::Time => "time",
        Type::BootTime => "boot time",
        Type::Duration => "duration",
        Type::Device => "device",
        Type::Text => "text",
        Type::TextList => "texts",
        Type::Bytes => "bytes",
        Type::Ip => "ip",
        Type::IpList => "ips",
        Type::Hash => "sha256",
        Type::ProcessKey => "process",
        Type::Name(_) => "name",
        Type::Flags(_) => "flags",
        Type::Pad => "",
    }
}
