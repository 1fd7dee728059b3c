// SPDX-License-Identifier: Apache-2.0
//! Names moved.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// One case each way to move a name.
pub const CASES: &[Case] = &[
    Case::new("file_rename.plain", plain),
    Case::new("file_rename.over", over),
    Case::new("file_rename.exchange", exchange),
    Case::new("file_rename.denied", denied).ignoring(&["privilege"]),
    Case::new("file_rename.directory", plain),
];

fn names(want: Want<'_>) -> Want<'_> {
    want.truth("file.path", "path").truth("tarsier.file.path_old", "old")
}

fn plain(seen: &mut Seen<'_>) {
    seen.expect("file_rename", |want| {
        names(want).object().lacks("tarsier.file.replaced_inode").no_flag("exchange")
    });
}

fn over(seen: &mut Seen<'_>) {
    seen.expect("file_rename", |want| {
        names(want).object().truth("tarsier.file.replaced_inode", "replaced")
    });
}

fn exchange(seen: &mut Seen<'_>) {
    seen.expect("file_rename", |want| {
        let want = names(want).object().flag("exchange");
        want.truth("tarsier.file.replaced_inode", "replaced")
    });
}

fn denied(seen: &mut Seen<'_>) {
    seen.expect("file_rename", |want| names(want).failed("EACCES"));
}
