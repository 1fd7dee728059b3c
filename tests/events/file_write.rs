// SPDX-License-Identifier: Apache-2.0
//! Content changed: one event for each open through which it was, naming who did what.

use e2e::expect::{Seen, Want};
use e2e::recorded::Event;
use e2e::suite::Case;

/// One case each way to change and to close.
pub const CASES: &[Case] = &[
    Case::new("file_write.plain", once),
    Case::new("file_write.create", create),
    Case::new("file_write.truncate_at_open", truncate_at_open),
    Case::new("file_write.one_tick", twice),
    Case::new("file_write.two_holders", once),
    Case::new("file_write.many_calls", once),
    Case::new("file_write.copied", copied),
    Case::new("file_write.mapping", mapping),
    Case::new("file_write.still_open", still_open),
    Case::new("file_write.by_child", by_child),
    Case::new("file_write.closed_by_exec", of_child),
    Case::new("file_write.closed_by_range", once),
    Case::new("file_write.closed_by_exit", of_child),
    Case::new("file_write.closed_by_receiver", closed_by_receiver),
    Case::new("file_write.parent_renamed", parent_renamed),
];

fn write(want: Want<'_>) -> Want<'_> {
    want.file().truth("file.size", "size").has("file.mtime").no_flag("maybe")
}

/// Opened, written and closed by one.
fn alone(want: Want<'_>) -> Want<'_> {
    write(want).lacks("tarsier.opener.entity_id").lacks("tarsier.closer.entity_id")
}

fn once(seen: &mut Seen<'_>) {
    seen.expect("file_write", alone);
}

fn twice(seen: &mut Seen<'_>) {
    seen.expect("file_write", alone);
    seen.expect("file_write", alone);
}

/// The first one was shorter than what is there now.
fn copied(seen: &mut Seen<'_>) {
    seen.expect("file_write", alone);
    seen.expect("file_write", |want| alone(want).is("file.size", 100));
}

fn create(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.file().is("file.mode", "0644"));
    seen.expect("file_write", alone);
}

fn truncate_at_open(seen: &mut Seen<'_>) {
    seen.expect("file_write", |want| alone(want).flag("truncated_at_open"));
}

/// A page may have been changed at any time while it was mapped: it says "maybe".
fn mapping(seen: &mut Seen<'_>) {
    seen.expect("file_write", |want| want.file().flag("maybe"));
}

/// Told while it is open; nothing changed after that, so nothing is told at the close.
fn still_open(seen: &mut Seen<'_>) {
    let event = seen.expect("file_write", |want| write(want).flag("still_open"));
    let number = |name: &str| event.and_then(|event| event.number(name));
    if let (Some(told), Some(first)) = (number("tarsier.boot_time"), number("tarsier.write.first"))
    {
        let late = told.saturating_sub(first);
        seen.hold(late < 2_200_000_000, &format!("told {late} ns after the first change"));
    }
}

fn is_of(event: Option<&Event>, field: &str, pid: u64) -> bool {
    event.is_some_and(|event| event.text(field).starts_with(&format!("{pid}-")))
}

fn by_child(seen: &mut Seen<'_>) {
    let event = seen.expect("file_write", |want| write(want).by("child"));
    let parent = u64::from(seen.deed().pid);
    seen.hold(is_of(event, "tarsier.opener.entity_id", parent), "the parent opened it");
    seen.hold(is_of(event, "tarsier.closer.entity_id", parent), "the parent closed it");
}

fn of_child(seen: &mut Seen<'_>) {
    seen.expect("file_write", |want| alone(want).by("child"));
}

fn closed_by_receiver(seen: &mut Seen<'_>) {
    let event = seen.expect("file_write", |want| write(want).lacks("tarsier.opener.entity_id"));
    let receiver = seen.truth("child").as_u64().unwrap_or(0);
    let swept = event.is_some_and(|event| event.has_flag("swept"));
    let closer = is_of(event, "tarsier.closer.entity_id", receiver);
    seen.hold(closer || swept, "the receiver closed it");
}

/// Told by the name it had when it was closed.
fn parent_renamed(seen: &mut Seen<'_>) {
    seen.expect("file_rename", |want| {
        want.truth("file.path", "directory").truth("tarsier.file.path_old", "directory_old")
    });
    seen.expect("file_write", alone);
}
