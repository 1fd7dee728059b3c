// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Changes of user, group or capabilities.
use crate::names::{Capabilities, Via};
use crate::record;
use crate::value::Pad4;

record! {
    /// The credentials of a process changed.
    Privilege {
        /// Effective capabilities before.
        capabilities_old: Capabilities => "tarsier.old.capabilities",
        /// Effective capabilities after.
        capabilities: Capabilities => "tarsier.new.capabilities",
        /// Permitted capabilities before.
        permitted_old: Capabilities => "tarsier.old.capabilities_permitted",
        /// Permitted capabilities after.
        permitted: Capabilities => "tarsier.new.capabilities_permitted",
        /// Real user before.
        uid_old: u32 => "tarsier.old.user.id",
        /// Real user after.
        uid: u32 => "tarsier.new.user.id",
        /// Effective user before.
        euid_old: u32 => "tarsier.old.user.effective.id",
        /// Effective user after.
        euid: u32 => "tarsier.new.user.effective.id",
        /// Real group before.
        gid_old: u32 => "tarsier.old.group.id",
        /// Real group after.
        gid: u32 => "tarsier.new.group.id",
        /// Effective group before.
        egid_old: u32 => "tarsier.old.group.effective.id",
        /// Effective group after.
        egid: u32 => "tarsier.new.group.effective.id",
        /// What changed them.
        via: Via => "tarsier.via",
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
