// SPDX-License-Identifier: Apache-2.0
//! From hooks to events: for every kind, which hook sees it, and what that hook cannot see.
use super::protocol::{Coverage, Hook};
use common::event::Kind;
use std::collections::BTreeSet;

/// The remark of a hook that is out only because a better one is in.
const SPARE: &str = "not needed";

/// How a reason begins that says a record has no hook at all.
pub const MISSING: &str = "nothing makes the record";

/// Kinds whose operations are calls that name a path.
const PATH_KINDS: &[Kind] = &[
    Kind::FileCreate,
    Kind::FileRename,
    Kind::FileDelete,
    Kind::FileMode,
    Kind::FileOwner,
    Kind::FileAttribute,
    Kind::FileTruncate,
    Kind::FileLink,
    Kind::FileSymlink,
    Kind::FileMkdir,
    Kind::FileRmdir,
];

/// Which system calls of a long list concern a kind, by a part of their names.
const CALLS: &[(Kind, &[&str])] = &[
    (Kind::FileCreate, &["mknod", "open", "creat"]),
    (Kind::FileRename, &["rename"]),
    (Kind::FileDelete, &["unlink"]),
    (Kind::FileMode, &["chmod"]),
    (Kind::FileOwner, &["chown"]),
    (Kind::FileAttribute, &["xattr", "setattr", "ioctl"]),
    (Kind::FileTruncate, &["truncate"]),
    (Kind::FileLink, &["_link"]),
    (Kind::FileSymlink, &["symlink"]),
    (Kind::FileMkdir, &["mkdir"]),
    (Kind::FileRmdir, &["rmdir", "unlinkat"]),
    (Kind::Mount, &["_mount", "fsmount", "mount_setattr", "pivot"]),
    (Kind::Unmount, &["umount"]),
];

/// Programs that make a record of several kinds but only ever for these.
const NARROW: &[(&str, &[Kind])] = &[
    ("path_op_exit", PATH_KINDS),
    ("mount_exit", &[Kind::Mount, Kind::Unmount]),
    ("path_op_rename", &[Kind::FileRename]),
    ("path_op_unlink", &[Kind::FileDelete]),
    ("path_op_rmdir", &[Kind::FileRmdir]),
    ("path_op_mkdir", &[Kind::FileMkdir]),
    ("path_op_mknod", &[Kind::FileCreate]),
    ("path_op_symlink", &[Kind::FileSymlink]),
    ("path_op_link", &[Kind::FileLink]),
    ("path_op_chmod", &[Kind::FileMode]),
    ("path_op_chown", &[Kind::FileOwner]),
    ("path_op_truncate", &[Kind::FileTruncate]),
    ("path_op_file_truncate", &[Kind::FileTruncate]),
    ("path_op_setxattr", &[Kind::FileAttribute]),
    ("path_op_removexattr", &[Kind::FileAttribute]),
    ("path_op_set_acl", &[Kind::FileAttribute]),
    ("path_op_remove_acl", &[Kind::FileAttribute]),
    ("path_op_ioctl", &[Kind::FileAttribute]),
    ("mount_mount", &[Kind::Mount]),
    ("mount_move", &[Kind::Mount]),
    ("mount_pivot", &[Kind::Mount]),
    ("mount_umount", &[Kind::Unmount]),
    ("module_free", &[Kind::ModuleUnload]),
    ("module_load", &[Kind::ModuleLoad]),
    ("module_file", &[Kind::ModuleLoad]),
    ("exec_failed", &[Kind::Exec]),
    ("exec_failed_at", &[Kind::Exec]),
];

/// How each kind that comes from hooks is seen; the recorder's own kinds are left out.
pub fn coverage(hooks: &[Hook]) -> Vec<Coverage> {
    let observed = Kind::ALL.iter().filter(|kind| !kind.wires().is_empty());
    observed.map(|kind| of_kind(*kind, hooks)).collect()
}

fn of_kind(kind: Kind, hooks: &[Hook]) -> Coverage {
    let all: Vec<&Hook> = hooks.iter().filter(|hook| serves(hook, kind)).collect();
    let attached: Vec<&Hook> = all.iter().copied().filter(|hook| hook.attached).collect();
    let mut why: BTreeSet<String> = BTreeSet::new();
    for wire in kind.wires() {
        if !attached.iter().any(|hook| hook.records.iter().any(|record| record == wire)) {
            why.insert(format!("{MISSING} `{wire}`"));
        }
    }
    for hook in all.iter().filter(|hook| !hook.why.is_empty() && !hook.why.starts_with(SPARE)) {
        why.insert(format!("{}: {}", hook.hook, hook.why));
    }
    let blind: BTreeSet<&str> =
        attached.iter().flat_map(|hook| hook.blind.iter().map(String::as_str)).collect();
    let state = match (attached.is_empty(), why.is_empty() && blind.is_empty()) {
        (true, _) => "none",
        (false, true) => "full",
        (false, false) => "degraded",
    };
    Coverage {
        event: kind.name().to_owned(),
        class: class_name(kind),
        state: state.to_owned(),
        tier: tier_of(&all),
        hooks: attached.iter().map(|hook| place(hook, kind)).collect(),
        why: why.into_iter().collect(),
        blind: blind.into_iter().map(str::to_owned).collect(),
    }
}

/// Whether a program makes a record that this kind is made from.
fn serves(hook: &Hook, kind: Kind) -> bool {
    let narrow = NARROW.iter().find(|(program, _)| *program == hook.program);
    if narrow.is_some_and(|(_, kinds)| !kinds.contains(&kind)) {
        return false;
    }
    kind.wires().iter().any(|wire| hook.records.iter().any(|record| record == wire))
}

/// Where a hook is attached, of a list of system calls only those that concern the kind.
fn place(hook: &Hook, kind: Kind) -> String {
    let words = CALLS.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, words)| words);
    let list = hook.hook.split_once('{').and_then(|(before, rest)| {
        let names = rest.strip_suffix('}')?.split(',');
        let ours = names.filter(|name| words.iter().any(|word| name.contains(word)));
        Some((before, ours.collect::<Vec<_>>()))
    });
    match list {
        Some((before, ours)) if !ours.is_empty() => format!("{before}{{{}}}", ours.join(",")),
        _ => hook.hook.clone(),
    }
}

/// Whether a hook needs what some kernels refuse: text patching of kernel functions.
pub fn is_trampoline(hook: &Hook) -> bool {
    ["fentry", "fexit", "lsm"].iter().any(|kind| hook.hook.starts_with(kind))
}

fn class_name(kind: Kind) -> String {
    let number = u64::from(kind.class().0);
    let names = common::names::Class::NAMES.iter();
    names.clone().find(|(id, _)| *id == number).map_or("", |(_, name)| name).to_owned()
}

/// The family of the hooks in use; those that are the same in both say nothing about it.
fn tier_of(all: &[&Hook]) -> String {
    let attached = || all.iter().filter(|hook| hook.attached);
    let trampoline = attached().any(|hook| is_trampoline(hook));
    let tracepoint = attached().any(|hook| hook.tier == "tracepoint");
    let refused = all.iter().any(|hook| !hook.attached && is_trampoline(hook));
    match (attached().count(), trampoline, tracepoint, refused) {
        (0, ..) => "none",
        (_, true, true, _) => "mixed",
        (_, true, false, _) => "trampoline",
        (_, false, true, _) | (_, false, _, true) => "tracepoint",
        (_, false, false, false) => "both",
    }
    .to_owned()
}

/// The family in use on the whole host, as the recorder's start says it.
pub fn tier_of_host(hooks: &[Hook]) -> String {
    tier_of(&hooks.iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::coverage;
    use crate::daemon::protocol::Hook;

    fn hook(record: &str, tier: &str, why: &str, attached: bool, blind: &[&str]) -> Hook {
        Hook {
            program: format!("{record}_{tier}"),
            records: vec![record.to_owned()],
            tier: tier.to_owned(),
            hook: format!("{}/{record}", if tier == "trampoline" { "fentry" } else { "tp_btf" }),
            attached,
            why: why.to_owned(),
            blind: blind.iter().map(|b| (*b).to_owned()).collect(),
        }
    }

    #[test]
    fn an_event_is_as_whole_as_its_hooks() {
        let hooks = [
            hook("exec", "both", "", true, &[]),
            hook("module", "trampoline", "EPERM", false, &[]),
            hook("module", "tracepoint", "", true, &["who asked"]),
            hook("accept", "trampoline", "", true, &[]),
            hook("accept", "tracepoint", "not needed: the trampoline tier serves", false, &["x"]),
        ];
        let all = coverage(&hooks);
        let of = |event: &str| {
            let row = all.iter().find(|row| row.event == event).unwrap();
            (row.state.as_str(), row.tier.as_str(), row.why.len(), row.blind.len())
        };
        assert_eq!(of("exec"), ("full", "both", 0, 0));
        assert_eq!(of("module_load"), ("degraded", "tracepoint", 1, 1));
        assert_eq!(of("accept"), ("full", "trampoline", 0, 0));
        assert_eq!(of("kill"), ("none", "none", 1, 0));
        assert!(!all.iter().any(|row| row.event == "recorder_start"));
    }
}
