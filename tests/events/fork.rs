// SPDX-License-Identifier: Apache-2.0
//! Processes made, threads left out.

use crate::exec::own;
use e2e::expect::Seen;
use e2e::suite::Case;

/// A child, and a thread that is none.
pub const CASES: &[Case] = &[
    Case::new("fork.child", child).exactly(&["exec", "fork", "exit"]),
    Case::new("fork.thread", thread).exactly(&["exec", "fork", "exit"]),
];

fn child(seen: &mut Seen<'_>) {
    own(seen);
    let fork = seen.expect("fork", |want| {
        want.truth("tarsier.child.pid", "child").truth("tarsier.child.ns_pid", "child")
    });
    let exit = seen.expect("exit", |want| want.by("child").is("process.exit_code", 0));
    if let (Some(fork), Some(exit)) = (fork, exit) {
        let same = fork.text("tarsier.child.entity_id") == exit.process();
        seen.hold(same, "the child's key differs between its fork and its exit");
        let parent = exit.text("process.parent.entity_id") == fork.process();
        seen.hold(parent, "the child's parent is not the process that made it");
    }
    seen.expect("exit", |want| want.is("process.exit_code", 0));
}

fn thread(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exit", |want| want.is("process.exit_code", 0));
}
