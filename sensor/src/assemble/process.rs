// SPDX-License-Identifier: Apache-2.0
//! Processes: one record, one event.
use crate::event::{Drafts, Moment, Who};
use common::event;
use common::value::{Errno, Text, TextList, Typed};
use common::wire::{Exec, Exit, Fork, Header, Inventory, Record};

/// An exec. A successful one has its arguments in its context; a failed one keeps the context of
/// the program that goes on, so what it tried stands in the event.
pub fn exec(who: &Who, record: &Record<'_>, body: &Exec, out: &mut Drafts) {
    let failed = body.result != Errno(0);
    let executable = record.text(body.executable.0);
    let asked = record.text(body.asked.0);
    let at = Moment { result: body.result, ..Moment::of(record.header) };
    out.push::<event::Exec>(who, at, |tail| event::Exec {
        inode: body.inode,
        size: body.size,
        mtime: body.mtime,
        ctime: body.ctime,
        capabilities: body.capabilities,
        device: body.device,
        mode: body.mode,
        args_bytes: body.args_bytes,
        args_count: body.args_count,
        path: tail.maybe(executable.or(asked)),
        asked: match executable {
            Some(path) if asked != Some(path) => tail.maybe(asked),
            _ => Text::ABSENT,
        },
        args: match record.text(body.args.0) {
            Some(args) if failed => tail.list(args),
            _ => TextList::ABSENT,
        },
        ..event::Exec::ABSENT
    });
}

/// A fork; the process is the parent.
pub fn fork(who: &Who, header: &Header, body: &Fork, out: &mut Drafts) {
    out.push::<event::Fork>(who, Moment::of(header), |_| event::Fork {
        child: body.child,
        child_pid: u32::try_from(body.child.pid).unwrap_or(u32::MAX),
        child_ns_pid: body.child_ns_pid,
    });
}

/// A process that was there before the recorder: no probe counted it.
pub fn running(who: &Who, header: &Header, body: &Inventory, out: &mut Drafts) {
    out.push::<event::Running>(who, Moment::of(header), |_| event::Running {
        capabilities: body.0.capabilities,
    });
}

/// The end of a process.
pub fn exit(who: &Who, header: &Header, body: &Exit, out: &mut Drafts) {
    out.push::<event::Exit>(who, Moment::of(header), |_| event::Exit {
        user_time: body.user_time,
        system_time: body.system_time,
        exit_code: body.exit_code,
        signal: common::names::SignalNumber(body.signal),
    });
}
