// SPDX-License-Identifier: Apache-2.0
//! An event as readers see it: head, context and body under one set of public names.
use super::parts::{Joined, Parts};
use super::value::Value;
use common::event::{Context, Head, Kind};
use common::record::{Body, Field};
use zerocopy::IntoBytes;

/// Which part of an event a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSource {
    /// The fixed head.
    Head,
    /// The process that did it.
    Context,
    /// The body of a kind.
    Body,
}

/// One stored event; owns its bytes, so that it outlives the reader's transaction.
#[derive(Clone, Debug)]
pub struct Event {
    /// Fixed part.
    pub head: Head,
    /// What happened.
    pub kind: Kind,
    /// Who did it.
    pub context: Context,
    /// The context's texts.
    pub context_tail: Vec<u8>,
    /// The kind's body.
    pub body: Vec<u8>,
    /// The body's texts.
    pub tail: Vec<u8>,
    /// What is known beside the row.
    pub joined: Joined,
}

impl Event {
    /// The same event, borrowed.
    pub fn parts(&self) -> Parts<'_> {
        Parts {
            head: &self.head,
            kind: self.kind,
            context: &self.context,
            context_tail: &self.context_tail,
            body: &self.body,
            tail: &self.tail,
            joined: &self.joined,
        }
    }

    /// The value of a public name; the body wins over the context, which wins over the head.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.all().find(|(field, _)| field.name == name).and_then(|(_, value)| value)
    }

    /// Every present field.
    pub fn fields(&self) -> impl Iterator<Item = (&'static Field, Value<'_>)> {
        self.all().filter_map(|(field, value)| value.map(|value| (field, value)))
    }

    fn all(&self) -> impl Iterator<Item = (&'static Field, Option<Value<'_>>)> {
        let body = self.kind.fields().iter();
        let body = body.map(|f| (f, Value::read(f, &self.body, &self.tail)));
        let context = Context::FIELDS.iter();
        let context =
            context.map(|f| (f, Value::read(f, self.context.as_bytes(), &self.context_tail)));
        let head = Head::FIELDS.iter().map(|f| (f, Value::read(f, self.head.as_bytes(), &[])));
        body.chain(context).chain(head)
    }
}

/// Where a public name is found: in the head, the context, or the bodies of some kinds.
pub fn find_field(name: &str) -> Vec<(FieldSource, Option<Kind>, &'static Field)> {
    let head = Head::FIELDS.iter().map(|f| (FieldSource::Head, None, f));
    let context = Context::FIELDS.iter().map(|f| (FieldSource::Context, None, f));
    let bodies = Kind::ALL
        .iter()
        .flat_map(|kind| kind.fields().iter().map(move |f| (FieldSource::Body, Some(*kind), f)));
    head.chain(context).chain(bodies).filter(|(_, _, field)| field.name == name).collect()
}
