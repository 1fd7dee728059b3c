// SPDX-License-Identifier: Apache-2.0
//! Names removed.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to remove one.
pub const CASES: &[Case] = &[
    Case::new("file_delete.last", last),
    Case::new("file_delete.linked", linked),
    Case::new("file_delete.at", last),
    Case::new("file_delete.denied", denied).ignoring(&["privilege"]),
];

fn last(seen: &mut Seen<'_>) {
    seen.expect("file_delete", |want| {
        want.file().is("tarsier.file.links", 0).is("file.mode", "0644")
    });
}

fn linked(seen: &mut Seen<'_>) {
    seen.expect("file_delete", |want| want.file().is("tarsier.file.links", 1));
}

fn denied(seen: &mut Seen<'_>) {
    seen.expect("file_delete", |want| want.failed("EACCES").truth("file.path", "path"));
}
