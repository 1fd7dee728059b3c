// SPDX-License-Identifier: Apache-2.0
//! Who at the other end of the control socket may do what.
//!
//! The kernel says who connected (`SO_PEERCRED`), so nothing the peer says is believed. Groups
//! are looked up in `/etc/passwd` and `/etc/group` by the peer's user, not in `/proc/PID`, whose
//! pid may belong to somebody else by the time it is read.
use super::protocol::Request;
use crate::config::Config;
use rustix::net::UCred;
use std::fs;

/// What a peer may do; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing.
    Stranger,
    /// See the status, as one who may read the store.
    Reader,
    /// Stop and reload.
    Operator,
}

impl Role {
    /// The role of a peer.
    pub fn of(peer: UCred, own_uid: u32, config: &Config) -> Role {
        let uid = peer.uid.as_raw();
        if uid == 0 || uid == own_uid {
            return Role::Operator;
        }
        let files = GroupFiles::of_host();
        let member = |group: &str| files.has_member(group, uid, peer.gid.as_raw());
        if config.control.operators.iter().any(|group| member(group)) {
            return Role::Operator;
        }
        let reader = !config.store.group.is_empty() && member(&config.store.group);
        if reader { Role::Reader } else { Role::Stranger }
    }

    /// Whether the role covers a request.
    pub fn may(self, request: Request) -> bool {
        match request {
            Request::Status => self >= Role::Reader,
            Request::Reload | Request::Stop => self >= Role::Operator,
        }
    }
}

/// The host's own lists of users and groups.
struct GroupFiles {
    passwd: String,
    group: String,
}

impl GroupFiles {
    fn of_host() -> Self {
        let read = |path| {
            fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
        };
        GroupFiles { passwd: read("/etc/passwd"), group: read("/etc/group") }
    }

    /// By the peer's own group, or by the list of members of the group.
    fn has_member(&self, group: &str, uid: u32, gid: u32) -> bool {
        let Some((number, members)) = self.find_group(group) else { return false };
        let name = self.passwd.lines().find_map(|line| {
            let mut parts = line.split(':');
            let name = parts.next()?;
            (parts.nth(1)?.parse() == Ok(uid)).then_some(name)
        });
        number == gid || name.is_some_and(|name| members.split(',').any(|member| member == name))
    }

    fn find_group(&self, group: &str) -> Option<(u32, &str)> {
        self.group.lines().find_map(|line| {
            let mut parts = line.split(':');
            (parts.next()? == group).then_some(())?;
            Some((parts.nth(1)?.parse().ok()?, parts.next().unwrap_or("")))
        })
    }
}

/// The number of a group of this host.
pub fn gid_of(group: &str) -> Option<u32> {
    GroupFiles::of_host().find_group(group).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::GroupFiles;

    #[test]
    fn members_are_named_or_have_the_group_as_their_own() {
        let files = GroupFiles {
            passwd: "ann:x:1000:1000::/:/bin/sh\nbob:x:1001:50::/:/bin/sh\n".into(),
            group: "ops:x:50:ann,carl\nstaff:x:51:\n".into(),
        };
        assert!(files.has_member("ops", 1000, 1000));
        assert!(files.has_member("ops", 1001, 50));
        assert!(!files.has_member("ops", 1002, 1002));
        assert!(!files.has_member("staff", 1000, 1000));
        assert!(!files.has_member("none", 1000, 1000));
    }
}
