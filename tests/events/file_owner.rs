// SPDX-License-Identifier: Apache-2.0
//! Owners and groups, new and old; what stays is not told.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to change them.
pub const CASES: &[Case] = &[
    Case::new("file_owner.path", by_path),
    Case::new("file_owner.descriptor", descriptor),
    Case::new("file_owner.link", of_link),
];

fn by_path(seen: &mut Seen<'_>) {
    seen.expect("file_owner", |want| {
        want.file()
            .is("file.uid", 65534)
            .is("file.gid", 1)
            .is("tarsier.file.uid_old", 0)
            .is("tarsier.file.gid_old", 0)
    });
}

fn descriptor(seen: &mut Seen<'_>) {
    seen.expect("file_owner", |want| {
        want.file().lacks("file.uid").is("file.gid", 1).is("tarsier.file.gid_old", 0)
    });
}

fn of_link(seen: &mut Seen<'_>) {
    seen.expect("file_owner", |want| want.file().is("file.uid", 65534).lacks("file.gid"));
}
