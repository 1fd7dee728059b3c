// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The recorder began.
use crate::record;
use crate::value::Text;

record! {
    /// The recorder began.
    RecorderStart {
        /// Version of the recorder.
        version: Text => "agent.version",
        /// Kernel release.
        kernel: Text => "host.os.kernel",
        /// Hooks in use: trampoline, tracepoint or mixed.
        tier: Text => "tarsier.tier",
        /// Boot this history belongs to.
        boot_id: Text => "tarsier.boot_id",
    }
}
