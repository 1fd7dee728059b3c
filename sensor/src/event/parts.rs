// SPDX-License-Identifier: Apache-2.0
//! An event in place: borrowed from wherever its bytes lie, so that a query can look at a million
//! rows without copying one.
use super::derived::{DERIVED, Derived};
use super::value::Value;
use super::view::Event;
use common::event::{Context, Head, Kind};
use common::record::{Body, Field};
use std::sync::Arc;
use zerocopy::IntoBytes;

/// What is known beside the row: joined by the reader, absent when nobody knows.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    /// SHA-256 of the executable.
    pub executable_hash: Option<[u8; 32]>,
    /// Boot the event belongs to.
    pub boot_id: Option<Arc<str>>,
    /// The host.
    pub host_id: Option<Arc<str>>,
}

/// One event, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Fixed part.
    pub head: &'a Head,
    /// What happened.
    pub kind: Kind,
    /// Who did it.
    pub context: &'a Context,
    /// The context's texts.
    pub context_tail: &'a [u8],
    /// The kind's body.
    pub body: &'a [u8],
    /// The body's texts.
    pub tail: &'a [u8],
    /// What is known beside the row.
    pub joined: &'a Joined,
}

/// Where a public name is found in the events of one kind.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    /// In the fixed head.
    Head(&'static Field),
    /// In the context of the process.
    Context(&'static Field),
    /// In the kind's own body.
    Body(&'static Field),
    /// Made from other fields.
    Derived(Derived),
}

impl Slot {
    /// Where the events of `kind` have `name`; the body wins over the context, which wins over
    /// the head; `None` when they never have it.
    pub fn of(kind: Kind, name: &str) -> Option<Slot> {
        let named = |fields: &'static [Field]| fields.iter().find(|field| field.name == name);
        if let Some(field) = named(kind.fields()) {
            return Some(Slot::Body(field));
        }
        if let Some(field) = named(Context::FIELDS) {
            return Some(Slot::Context(field));
        }
        if let Some(field) = named(Head::FIELDS) {
            return Some(Slot::Head(field));
        }
        let row = DERIVED.iter().find(|row| row.name == name)?;
        let needs = |name| kind.fields().iter().any(|field| field.name == name);
        row.what.needs().is_none_or(needs).then_some(Slot::Derived(row.what))
    }

    /// Reads it; `scratch` holds what has to be put together first.
    pub fn read<'a>(&self, parts: &Parts<'a>, scratch: &'a mut Vec<u8>) -> Option<Value<'a>> {
        match self {
            Slot::Head(field) => Value::read(field, parts.head.as_bytes(), &[]),
            Slot::Context(field) => parts.context_value(field),
            Slot::Body(field) => Value::read(field, parts.body, parts.tail),
            Slot::Derived(what) => what.read(parts, scratch),
        }
    }
}

impl<'a> Parts<'a> {
    fn context_value(&self, field: &Field) -> Option<Value<'a>> {
        Value::read(field, self.context.as_bytes(), self.context_tail)
    }

    /// A field of the body by its public name.
    pub fn body(&self, name: &str) -> Option<Value<'a>> {
        let field = self.kind.fields().iter().find(|field| field.name == name)?;
        Value::read(field, self.body, self.tail)
    }

    /// A field of the context by its public name.
    pub fn context(&self, name: &str) -> Option<Value<'a>> {
        Context::FIELDS.iter().find(|f| f.name == name).and_then(|f| self.context_value(f))
    }

    /// A text of the context by its public name.
    pub fn context_text(&self, name: &str) -> Option<&'a [u8]> {
        match self.context(name)? {
            Value::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A copy that outlives the reader.
    pub fn to_event(&self) -> Event {
        Event {
            head: *self.head,
            kind: self.kind,
            context: *self.context,
            context_tail: self.context_tail.to_vec(),
            body: self.body.to_vec(),
            tail: self.tail.to_vec(),
            joined: self.joined.clone(),
        }
    }
}
