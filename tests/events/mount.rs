// SPDX-License-Identifier: Apache-2.0
//! Mounts of a file system and of a directory.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to mount.
pub const CASES: &[Case] = &[
    Case::new("mount.tmpfs", tmpfs).ignoring(&["namespace"]),
    Case::new("mount.bind", bind).ignoring(&["namespace"]),
];

/// The namespace of its own needs a change of the root's propagation first.
pub fn made_private(seen: &mut Seen<'_>) {
    seen.expect("mount", |want| want.is("file.path", "/").has("tarsier.mount.flags"));
}

fn tmpfs(seen: &mut Seen<'_>) {
    made_private(seen);
    seen.expect("mount", |want| {
        want.truth("file.path", "path")
            .truth("tarsier.mount.flags", "flags")
            .is("tarsier.mount.source", "little")
            .is("tarsier.mount.filesystem", "tmpfs")
            .is("tarsier.mount.call", "mount")
    });
}

fn bind(seen: &mut Seen<'_>) {
    made_private(seen);
    seen.expect("mount", |want| {
        want.truth("file.path", "path")
            .truth("tarsier.mount.flags", "flags")
            .truth("tarsier.mount.source", "source")
    });
}
