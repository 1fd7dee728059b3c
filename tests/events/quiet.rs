// SPDX-License-Identifier: Apache-2.0
//! What must not become an event.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each thing that changes nothing.
pub const CASES: &[Case] = &[
    Case::new("quiet.open", nothing),
    Case::new("quiet.read", nothing),
    Case::new("quiet.failed_write", refused),
    Case::new("quiet.missing", refused),
];

/// Every event left over fails the case by itself.
fn nothing(_: &mut Seen<'_>) {}

fn refused(seen: &mut Seen<'_>) {
    let refused = seen.truth("refused") == true;
    seen.hold(refused, "the scenario was not refused");
}
