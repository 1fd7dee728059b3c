// SPDX-License-Identifier: Apache-2.0
//! Program starts: which file, by which name, with which arguments, where, and what failed.

use e2e::expect::{Seen, Want};
use e2e::recorded::{Event, rfc3339};
use e2e::suite::Case;

/// One case each way to start a program.
pub const CASES: &[Case] = &[
    Case::new("exec.plain", plain).exactly(&["exec", "fork", "exit"]),
    Case::new("exec.long_args", long_args).exactly(&["exec"]),
    Case::new("exec.strange_cwd", strange_cwd).exactly(&["exec"]),
    Case::new("exec.script", script).exactly(&["exec"]),
    Case::new("exec.symlink", by_symlink).exactly(&["exec"]),
    Case::new("exec.thread", from_thread).exactly(&["exec", "exit"]),
    Case::new("exec.memfd", memfd).exactly(&["exec"]),
    Case::new("exec.deleted", deleted).exactly(&["exec"]).ignoring(&["file_delete"]),
    Case::new("exec.denied", denied).exactly(&["exec"]),
    Case::new("exec.suid", suid).exactly(&["exec"]),
];

/// The scenario itself was started.
pub fn own(seen: &mut Seen<'_>) {
    let name = seen.deed().dir.display().to_string();
    seen.expect("exec", |want| want.has("file.path"));
    let arguments = seen.events().find_map(|event| event.get("process.args").cloned());
    let last = arguments.as_ref().and_then(|all| all.get(2)).and_then(|arg| arg.as_str());
    let holds = last == Some(name.as_str());
    seen.hold(holds, "the scenario's own arguments are wrong");
}

/// A child that ran a program to its end, with the rights of root.
fn child(want: Want<'_>) -> Want<'_> {
    want.by("child").file().has("process.thread.capabilities.effective")
}

fn whole(want: Want<'_>) -> Want<'_> {
    child(want)
        .truth("process.executable", "path")
        .truth("file.size", "size")
        .truth("process.working_directory", "cwd")
        .truth("tarsier.args.bytes", "args_bytes")
}

/// How many texts a list has.
fn count(seen: &Seen<'_>, name: &str) -> u64 {
    seen.truth(name).as_array().map_or(0, |all| all.len() as u64)
}

fn plain(seen: &mut Seen<'_>) {
    own(seen);
    let args = count(seen, "args");
    let exec = seen.expect("exec", |want| {
        whole(want)
            .truth("process.args", "args")
            .is("process.args_count", args)
            .is("file.mode", "0755")
            .is("process.name", "scenario")
            .lacks("tarsier.exec.asked")
            .no_flag("args_cut")
    });
    if let Some(exec) = exec {
        times(seen, exec);
    }
    seen.expect("fork", |want| want.truth("tarsier.child.pid", "child"));
    seen.expect("exit", |want| want.by("child").is("process.exit_code", 0));
    seen.expect("exit", |want| want.is("process.exit_code", 0));
    short_life(seen);
}

/// The store keeps microseconds.
fn times(seen: &mut Seen<'_>, exec: &Event) {
    const TO_MICROSECONDS: usize = 26;
    let mtime = rfc3339(seen.truth("mtime").as_u64().unwrap_or(0));
    let holds = exec.text("file.mtime").starts_with(&mtime[..TO_MICROSECONDS]);
    seen.hold(holds, &format!("file.mtime: {} is not {mtime}", exec.text("file.mtime")));
}

/// It lived for about a millisecond; that it is whole is what the other checks say.
fn short_life(seen: &mut Seen<'_>) {
    let pid = seen.truth("child").as_u64();
    let at = |action: &str, seen: &Seen<'_>| {
        let mut all = seen.events().filter(|event| event.number("process.pid") == pid);
        let event = all.find(|event| event.action() == action);
        event.and_then(|event| event.number("tarsier.boot_time")).unwrap_or(0)
    };
    let lived = at("exit", seen).saturating_sub(at("exec", seen));
    seen.hold(lived > 0, "the exit is not after the exec");
}

fn long_args(seen: &mut Seen<'_>) {
    const KEPT_MAX: usize = 8192;
    own(seen);
    let all = count(seen, "args");
    let exec =
        seen.expect("exec", |want| whole(want).is("process.args_count", all).flag("args_cut"));
    let Some(kept) = exec.and_then(|exec| exec.get("process.args")).and_then(|v| v.as_array())
    else {
        return seen.complain("no arguments");
    };
    let told = seen.truth("args").as_array().cloned().unwrap_or_default();
    let whole = kept.len().saturating_sub(1);
    let bytes: usize = kept.iter().filter_map(|arg| arg.as_str()).map(|arg| arg.len() + 1).sum();
    seen.hold(whole > 70 && kept[..whole] == told[..whole], "the first arguments are wrong");
    seen.hold(bytes <= KEPT_MAX + 1 && bytes > KEPT_MAX - 200, &format!("{bytes} bytes kept"));
}

fn strange_cwd(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| {
        whole(want).truth("process.args", "args").is("process.args_count", 2)
    });
}

fn script(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| {
        whole(want)
            .truth("process.args", "args")
            .truth("tarsier.exec.asked", "asked")
            .flag("script")
    });
}

fn by_symlink(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| {
        whole(want).truth("process.args", "args").truth("tarsier.exec.asked", "asked")
    });
}

/// The process stays the same one and ends once.
fn from_thread(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| child(want).truth("process.thread.id", "child"));
    seen.expect("exit", |want| want.by("child").is("process.exit_code", 0));
    seen.expect("exit", |want| want);
}

fn memfd(seen: &mut Seen<'_>) {
    own(seen);
    let exec = seen.expect("exec", |want| want.by("child").object().flag("memfd"));
    let path = exec.map(|exec| exec.text("file.path")).unwrap_or_default();
    seen.hold(path.contains("memfd:ghost"), &format!("file.path: {path}"));
}

fn deleted(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| want.by("child").file().flag("deleted").no_flag("memfd"));
}

fn denied(seen: &mut Seen<'_>) {
    own(seen);
    let path = seen.truth("path").clone();
    seen.expect("exec", |want| {
        want.by("child")
            .failed("EACCES")
            .truth("file.path", "path")
            .is("tarsier.exec.args", vec![path, "argument".into()])
    });
}

/// Whoever runs it acts as its owner, who is nobody and may nothing.
fn suid(seen: &mut Seen<'_>) {
    own(seen);
    seen.expect("exec", |want| {
        whole(want)
            .lacks("process.thread.capabilities.effective")
            .is("file.mode", "4755")
            .is("user.id", 0)
            .is("user.effective.id", 65534)
    });
    seen.expect("privilege", |want| {
        want.by("child")
            .is("tarsier.via", "exec")
            .is("tarsier.old.user.effective.id", 0)
            .is("tarsier.new.user.effective.id", 65534)
            .is("tarsier.old.user.id", 0)
            .is("tarsier.new.user.id", 0)
    });
}
