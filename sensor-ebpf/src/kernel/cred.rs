// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Users, groups and capabilities.
use crate::kernel::Cred;
use crate::kernel::offsets as at;
use crate::kernel::read::member;
use crate::maps::CREDENTIALS;
use common::names::Capabilities;

macro_rules! numbers {
    ($($(#[doc = $about:literal])+ $name:ident -> $ty:ty = $offset:ident,)+) => {
        impl Cred { $(
            $(#[doc = $about])+
            #[inline(always)]
            pub fn $name(self) -> $ty { member(self.address(), &at::$offset) }
        )+ }
    };
}
numbers! {
    /// Real user, as the initial user namespace counts.
    uid -> u32 = CRED_UID,
    /// Real group.
    gid -> u32 = CRED_GID,
    /// Effective user.
    euid -> u32 = CRED_EUID,
    /// Effective group.
    egid -> u32 = CRED_EGID,
    /// Saved user.
    suid -> u32 = CRED_SUID,
    /// Saved group.
    sgid -> u32 = CRED_SGID,
    /// User for file access.
    fsuid -> u32 = CRED_FSUID,
    /// Group for file access.
    fsgid -> u32 = CRED_FSGID,
    /// Capabilities it may use.
    effective -> Capabilities = CRED_EFFECTIVE,
    /// Capabilities it may make effective.
    permitted -> Capabilities = CRED_PERMITTED,
    /// Capabilities kept over exec with the file's.
    inheritable -> Capabilities = CRED_INHERITABLE,
    /// Capabilities kept over exec.
    ambient -> Capabilities = CRED_AMBIENT,
    /// Address of the supplementary groups; a new list is a new address.
    groups -> u64 = CRED_GROUPS,
    /// `struct user_namespace`.
    user_ns -> u64 = CRED_USER_NS,
}

/// Everything that makes two credentials differ in what they allow.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Snapshot {
    /// Effective capabilities.
    pub effective: Capabilities,
    /// Permitted capabilities.
    pub permitted: Capabilities,
    inheritable: Capabilities,
    ambient: Capabilities,
    groups: u64,
    /// Real user.
    pub uid: u32,
    /// Real group.
    pub gid: u32,
    /// Effective user.
    pub euid: u32,
    /// Effective group.
    pub egid: u32,
    suid: u32,
    sgid: u32,
    fsuid: u32,
    fsgid: u32,
}

impl Snapshot {
    /// What `cred` is now.
    #[inline(always)]
    pub fn of(cred: Cred) -> Snapshot {
        Snapshot {
            effective: cred.effective(),
            permitted: cred.permitted(),
            inheritable: cred.inheritable(),
            ambient: cred.ambient(),
            groups: cred.groups(),
            uid: cred.uid(),
            gid: cred.gid(),
            euid: cred.euid(),
            egid: cred.egid(),
            suid: cred.suid(),
            sgid: cred.sgid(),
            fsuid: cred.fsuid(),
            fsgid: cred.fsgid(),
        }
    }

    /// What a thread had when its call began.
    #[inline(always)]
    pub fn kept(thread: u64) -> Option<Snapshot> {
        let place = CREDENTIALS.get_ptr(thread)?;
        // SAFETY: a map value; only this thread writes the entry of its own number.
        Some(unsafe { place.read() })
    }
}
