// SPDX-License-Identifier: Apache-2.0
//! The same deeds from other roots, mounts and namespaces: paths as their process sees them.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each place.
pub const CASES: &[Case] = &[
    Case::new("place.chroot", in_chroot),
    Case::new("place.namespaces", in_namespaces).ignoring(&["namespace"]),
    Case::new("place.bind", bind).ignoring(&["namespace", "mount"]),
    Case::new("place.overlay", overlay).ignoring(&["namespace", "mount"]),
    Case::new("place.deep", deep),
];

fn in_chroot(seen: &mut Seen<'_>) {
    seen.expect("exec", |want| {
        let want = want.by("child").object().is("file.path", "/program");
        want.is("process.executable", "/program").is("process.working_directory", "/")
    });
    seen.expect("file_create", |want| want.is("file.path", "/made").truth("file.inode", "made"));
    seen.expect("file_write", |want| want.is("file.path", "/made").truth("file.inode", "made"));
}

/// Known by its pid outside and its pid inside.
fn in_namespaces(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| {
        want.by("child").file().is("tarsier.process.ns_pid", 1).has("tarsier.process.pid_ns")
    });
    seen.expect("file_write", |want| want.by("child").file().is("tarsier.process.ns_pid", 1));
}

fn bind(seen: &mut Seen<'_>) {
    seen.expect("file_write", |want| want.file().is("file.size", 6));
}

/// Copying up is the kernel's own work and no event.
fn overlay(seen: &mut Seen<'_>) {
    seen.expect("file_write", |want| want.truth("file.path", "old"));
    seen.expect("file_create", |want| want.truth("file.path", "new"));
    seen.expect("file_write", |want| want.truth("file.path", "new"));
}

/// The tail of the path is kept, and that it is a tail is said.
fn deep(seen: &mut Seen<'_>) {
    const LEVELS: usize = 90;
    let made = seen.take("file_mkdir").len();
    seen.hold(made == LEVELS, &format!("{made} directories instead of {LEVELS}"));
    let path = seen.truth("path").as_str().unwrap_or_default().to_owned();
    for action in ["file_create", "file_write"] {
        let event = seen.expect(action, |want| want.object().flag("path_cut"));
        let told = event.map(|event| event.text("file.path")).unwrap_or_default();
        let tail = told.len() > 100 && path.ends_with(told.trim_start_matches("…"));
        seen.hold(tail, &format!("{action}: no tail of the path: {told}"));
    }
}
