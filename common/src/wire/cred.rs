// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changes of user, group or capabilities, other than by exec.
use crate::names::{Capabilities, Via};
use crate::record;
use crate::value::Errno;

record! {
    /// A process changed its credentials, or was refused.
    Cred {
        /// Effective capabilities before.
        capabilities_old: Capabilities,
        /// Effective capabilities after.
        capabilities: Capabilities,
        /// Permitted capabilities before.
        permitted_old: Capabilities,
        /// Permitted capabilities after.
        permitted: Capabilities,
        /// Real user before.
        uid_old: u32,
        /// Real user after.
        uid: u32,
        /// Effective user before.
        euid_old: u32,
        /// Effective user after.
        euid: u32,
        /// Real group before.
        gid_old: u32,
        /// Real group after.
        gid: u32,
        /// Effective group before.
        egid_old: u32,
        /// Effective group after.
        egid: u32,
        /// System call.
        via: Via,
        /// 0, or why it was refused (then nothing changed).
        result: Errno,
    }
}
