// SPDX-License-Identifier: Apache-2.0
//! Rings: seen like calls on the trampoline tier, counted as lost on the other.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each group of operations.
pub const CASES: &[Case] =
    &[Case::new("io_uring.write", write), Case::new("io_uring.names", names)];

fn blind(seen: &mut Seen<'_>) {
    let least = seen.truth("operations").as_u64().unwrap_or(0) - 1;
    let lost = seen.lost("file", "io_uring");
    seen.hold(lost >= least, &format!("{lost} of at least {least} operations counted as lost"));
}

fn write(seen: &mut Seen<'_>) {
    if !seen.is_trampoline("file_write") {
        return blind(seen);
    }
    seen.expect("file_write", |want| want.file());
}

fn names(seen: &mut Seen<'_>) {
    if !seen.is_trampoline("file_rename") {
        return blind(seen);
    }
    seen.expect("file_rename", |want| {
        want.truth("file.path", "new").truth("tarsier.file.path_old", "path").object()
    });
    seen.expect("file_delete", |want| want.truth("file.path", "new").object());
}
