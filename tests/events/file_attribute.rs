// SPDX-License-Identifier: Apache-2.0
//! Extended attributes, ACLs, inode flags.

use e2e::expect::{Seen, Want};
use e2e::suite::Case;

/// One case each way to change them.
pub const CASES: &[Case] = &[
    Case::new("file_attribute.set", set),
    Case::new("file_attribute.descriptor", set),
    Case::new("file_attribute.remove", remove),
    Case::new("file_attribute.acl", acl),
    Case::new("file_attribute.flags", flags),
];

fn named<'a>(want: Want<'a>, name: &str, operation: &str) -> Want<'a> {
    want.file().is("tarsier.file.attribute", name).is("tarsier.file.operation", operation)
}

fn set(seen: &mut Seen<'_>) {
    seen.expect("file_attribute", |want| named(want, "user.colour", "set"));
}

fn remove(seen: &mut Seen<'_>) {
    seen.expect("file_attribute", |want| named(want, "user.colour", "remove"));
}

fn acl(seen: &mut Seen<'_>) {
    seen.expect("file_attribute", |want| named(want, "system.posix_acl_access", "set"));
}

fn flags(seen: &mut Seen<'_>) {
    seen.expect("file_attribute", |want| {
        want.file().has("tarsier.file.attribute").is("tarsier.file.operation", "set")
    });
}
