// SPDX-License-Identifier: Apache-2.0
//! Files that come into being.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to make a file.
pub const CASES: &[Case] = &[
    Case::new("file_create.open", open),
    Case::new("file_create.relative", relative),
    Case::new("file_create.fifo", fifo),
    Case::new("file_create.tmpfile", tmpfile),
    Case::new("file_create.denied", denied).ignoring(&["privilege"]),
];

fn open(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.file().is("file.mode", "0640").is("file.name", "new"));
}

/// Resolved, however it was named.
fn relative(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.file().is("file.mode", "0600"));
}

fn fifo(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.file().is("file.mode", "0600").is("file.type", "fifo"));
}

/// It exists for others once it has a name.
fn tmpfile(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.file().flag("tmpfile"));
}

fn denied(seen: &mut Seen<'_>) {
    seen.expect("file_create", |want| want.failed("EACCES").truth("file.path", "path"));
}
