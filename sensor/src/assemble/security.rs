// SPDX-License-Identifier: Apache-2.0
//! Privileges and hands laid on other processes: one record, one event.
use crate::event::{Drafts, Moment, Who};
use common::event;
use common::value::{Errno, ProcessKey};
use common::wire::{Cred, Header, Kill, Namespace, ProcessWrite, Ptrace, Record, Wire};

/// Any record of the class.
pub fn security(who: &Who, record: &Record<'_>, out: &mut Drafts) {
    let header = record.header;
    match record.kind {
        Wire::Cred => {
            if let Some(body) = record.body() {
                cred(who, header, body, out);
            }
        }
        Wire::Ptrace => {
            if let Some(body) = record.body() {
                ptrace(who, header, body, out);
            }
        }
        Wire::ProcessWrite => {
            if let Some(body) = record.body() {
                process_write(who, header, body, out);
            }
        }
        Wire::Kill => {
            if let Some(body) = record.body() {
                kill(who, header, body, out);
            }
        }
        Wire::Namespace => {
            if let Some(body) = record.body() {
                namespace(who, header, body, out);
            }
        }
        _ => {}
    }
}

fn at(header: &Header, result: Errno) -> Moment {
    Moment { result, ..Moment::of(header) }
}

fn pid(key: ProcessKey) -> u32 {
    u32::try_from(key.pid).unwrap_or(u32::MAX)
}

fn cred(who: &Who, header: &Header, body: &Cred, out: &mut Drafts) {
    out.push::<event::Privilege>(who, at(header, body.result), |_| event::Privilege {
        capabilities_old: body.capabilities_old,
        capabilities: body.capabilities,
        permitted_old: body.permitted_old,
        permitted: body.permitted,
        uid_old: body.uid_old,
        uid: body.uid,
        euid_old: body.euid_old,
        euid: body.euid,
        gid_old: body.gid_old,
        gid: body.gid,
        egid_old: body.egid_old,
        egid: body.egid,
        via: body.via,
        ..event::Privilege::ABSENT
    });
}

fn ptrace(who: &Who, header: &Header, body: &Ptrace, out: &mut Drafts) {
    out.push::<event::Ptrace>(who, at(header, body.result), |_| event::Ptrace {
        target: body.target,
        target_pid: pid(body.target),
        request: body.request,
    });
}

fn process_write(who: &Who, header: &Header, body: &ProcessWrite, out: &mut Drafts) {
    out.push::<event::ProcessWrite>(who, at(header, body.result), |_| event::ProcessWrite {
        target: body.target,
        target_pid: pid(body.target),
        method: body.method,
    });
}

fn kill(who: &Who, header: &Header, body: &Kill, out: &mut Drafts) {
    out.push::<event::Kill>(who, at(header, body.result), |_| event::Kill {
        target: body.target,
        target_pid: pid(body.target),
        target_uid: body.target_uid,
        signal: body.signal,
        ..event::Kill::ABSENT
    });
}

fn namespace(who: &Who, header: &Header, body: &Namespace, out: &mut Drafts) {
    out.push::<event::Namespace>(who, at(header, body.result), |_| event::Namespace {
        child: body.child,
        namespaces: body.namespaces,
        via: body.via,
    });
}
