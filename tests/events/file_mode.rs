// SPDX-License-Identifier: Apache-2.0
//! Permission bits, new and old, and a change that was refused.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// One case each way to change them.
pub const CASES: &[Case] = &[
    Case::new("file_mode.path", changed),
    Case::new("file_mode.at", changed),
    Case::new("file_mode.descriptor", changed),
    Case::new("file_mode.denied", denied).ignoring(&["privilege"]),
];

fn bits(want: Want<'_>) -> Want<'_> {
    want.file().is("file.mode", "4600").is("tarsier.file.mode_old", "0644")
}

fn changed(seen: &mut Seen<'_>) {
    seen.expect("file_mode", bits);
}

fn denied(seen: &mut Seen<'_>) {
    seen.expect("file_mode", |want| bits(want).failed("EPERM"));
}
