// SPDX-License-Identifier: Apache-2.0
//! Records become what happened: none, one or more events each. Pure: no clock, no file, no host.
//!
//! One small file for each kind of joining; this one is the table of who takes which record.
use crate::event::{Drafts, Who};
use crate::health::{Count, Health};
use common::loss::Loss;
use common::names::EventFlags;
use common::wire::{self, Header, Record, Wire};
use std::sync::Arc;

mod connect;
mod dns;
mod flow;
mod image;
mod outcome;
mod path;
mod path_op;
mod process;
mod security;
#[cfg(test)]
mod tests;
mod write;

/// Attempts to connect that may wait at once.
const CONNECTS_MAX: usize = 16_384;
/// Pairs of process and library that are remembered.
const IMAGES_MAX: usize = 262_144;

/// Everything that waits for its second half.
#[derive(Debug)]
pub struct Assemble {
    health: Arc<Health>,
    connects: connect::Connects,
    messages: dns::Messages,
    images: image::Images,
    outcomes: outcome::Outcomes,
    writes: write::Writes,
}

impl Assemble {
    /// Nothing waits yet.
    pub fn new(health: Arc<Health>) -> Assemble {
        Assemble {
            outcomes: outcome::Outcomes::new(Arc::clone(&health)),
            writes: write::Writes::default(),
            health,
            connects: connect::Connects::new(CONNECTS_MAX),
            messages: dns::Messages::default(),
            images: image::Images::new(IMAGES_MAX),
        }
    }

    /// One record; `out` gets the events it makes or completes.
    pub fn take(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let header = record.header;
        match record.kind {
            Wire::Connect | Wire::Connected | Wire::Accept | Wire::Listen | Wire::Close => {
                self.tcp(record, out);
            }
            Wire::Udp => {
                if let Some(body) = record.body() {
                    flow::flow(&who(header), header, body, out);
                }
            }
            Wire::Dns => self.dns(record, out),
            Wire::Map | Wire::Module | Wire::Bpf => self.image(record, out),
            Wire::Exec | Wire::Fork | Wire::Exit => self.process(record, out),
            Wire::Cred | Wire::Ptrace | Wire::ProcessWrite | Wire::Kill | Wire::Namespace => {
                security::security(&who(header), record, out);
            }
            Wire::Create | Wire::Dirty | Wire::Write => self.open_file(record, out),
            Wire::PathOp | Wire::Mount | Wire::Outcome => self.attempt(record, out),
            Wire::Inventory => {
                if let Some(body) = record.body() {
                    process::running(&who(header), header, body, out);
                    self.health.add(record.kind.class(), Count::Derived, 1);
                }
            }
        }
    }

    /// Tells what has waited long enough.
    pub fn tick(&mut self, now_ns: u64, out: &mut Drafts) {
        self.connects.tick(now_ns, out);
        self.outcomes.tick(now_ns, out);
    }

    /// Tells everything that still waits: the recorder stops.
    pub fn flush(&mut self, out: &mut Drafts) {
        self.connects.flush(out);
        self.outcomes.flush(out);
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let header = record.header;
        let who = who(header);
        if let Some(body) = record.body::<wire::Exec>() {
            process::exec(&who, record, body, out);
            self.images.exec(&who, record, body, &self.health, out);
        } else if let Some(body) = record.body::<wire::Fork>() {
            process::fork(&who, header, body, out);
        } else if let Some(body) = record.body::<wire::Exit>() {
            process::exit(&who, header, body, out);
            self.images.exit(header.process);
        }
    }

    fn open_file(&mut self, record: &Record<'_>, out: &mut Drafts) {
        if let Some(body) = record.body::<wire::Create>() {
            self.writes.create(record, body, out);
        } else if let Some(body) = record.body::<wire::Dirty>() {
            self.writes.dirty(record, body);
        } else if let Some(body) = record.body::<wire::Write>() {
            self.writes.write(record, body, out);
        }
    }

    fn attempt(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let before = out.len();
        if let Some(body) = record.body::<wire::PathOp>() {
            self.outcomes.operation(record, body, out);
        } else if let Some(body) = record.body::<wire::Mount>() {
            self.outcomes.mount(record, body, out);
        } else if let Some(body) = record.body::<wire::Outcome>() {
            self.outcomes.outcome(record.header, body, out);
        }
        for draft in out.since(before) {
            self.writes.remember_name(&draft);
        }
    }

    fn tcp(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let header = record.header;
        if let Some(body) = record.body::<wire::Connect>() {
            self.connects.attempt(header, body, out);
        } else if let Some(body) = record.body::<wire::Connected>() {
            self.connects.outcome(header, body, out);
        } else if let Some(body) = record.body::<wire::Accept>() {
            connect::accept(&who(header), header, body, out);
        } else if let Some(body) = record.body::<wire::Listen>() {
            connect::listen(&who(header), header, body, out);
        } else if let Some(body) = record.body::<wire::Close>() {
            connect::close(&who(header), header, body, out);
        }
    }

    fn dns(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let header = record.header;
        let Some(body) = record.body::<wire::Dns>() else { return };
        let message = record.text(body.message.0).unwrap_or_default();
        if self.messages.message(&who(header), header, body, message, out).is_err() {
            self.health.lose(record.kind.class(), Loss::MALFORMED, 1);
        }
    }

    fn image(&mut self, record: &Record<'_>, out: &mut Drafts) {
        let who = who(record.header);
        if let Some(body) = record.body::<wire::Map>() {
            self.images.map(&who, record, body, &self.health, out);
        } else if let Some(body) = record.body::<wire::Module>() {
            image::module(&who, record, body, out);
        } else if let Some(body) = record.body::<wire::Bpf>() {
            image::bpf(&who, record, body, out);
        }
    }
}

/// Whom a record is about: a probe outside the process's own context knows its key only.
fn who(header: &Header) -> Who {
    if header.flags & EventFlags::OWNER_ONLY.0 != 0 {
        Who::Process(header.process)
    } else {
        Who::Header(*header)
    }
}
