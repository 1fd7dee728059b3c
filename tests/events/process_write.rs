// SPDX-License-Identifier: Apache-2.0
//! Memory of another process written.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to write there.
pub const CASES: &[Case] =
    &[Case::new("process_write.vm_writev", vm_writev), Case::new("process_write.mem", mem)];

fn method(seen: &mut Seen<'_>, name: &str) {
    seen.expect("process_write", |want| {
        want.truth("tarsier.target.pid", "child")
            .has("tarsier.target.entity_id")
            .is("tarsier.method", name)
    });
}

fn vm_writev(seen: &mut Seen<'_>) {
    method(seen, "process_vm_writev");
}

/// Through a file of /proc, which is written like any other.
fn mem(seen: &mut Seen<'_>) {
    method(seen, "proc_mem");
    let path = format!("/proc/{}/mem", seen.truth("child"));
    seen.expect("file_write", |want| want.is("file.path", path));
}
