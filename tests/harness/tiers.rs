// SPDX-License-Identifier: Apache-2.0
//! What the tracepoint tier cannot tell, field by field: the only fields a test may leave out.
//!
//! A row says when it holds. A field that is missing without a row here is a failure on every
//! tier, and on the trampoline tier there are no rows at all.

use crate::recorded::Event;

/// Fields that an operation named by a path lacks: at the end of the call only the directory and
/// the caller's string remain.
const BY_PATH: &[(&str, &[&str])] = &[
    ("file_rename", &["file.inode", "file.device", "tarsier.file.replaced_inode"]),
    ("file_delete", &["file.inode", "file.device", "tarsier.file.links", "file.mode"]),
    ("file_mkdir", &["file.inode", "file.device", "file.mode"]),
    ("file_rmdir", &["file.inode", "file.device"]),
    ("file_link", &["file.inode", "file.device"]),
    ("file_symlink", &["file.inode", "file.device"]),
    ("file_create", &["file.inode", "file.device"]),
    ("file_mode", &["file.inode", "file.device", "tarsier.file.mode_old"]),
    ("file_owner", &["file.inode", "file.device", "tarsier.file.uid_old", "tarsier.file.gid_old"]),
    ("file_attribute", &["file.inode", "file.device"]),
    ("file_truncate", &["file.inode", "file.device", "tarsier.file.size_old"]),
];

/// Fields that an operation on a descriptor lacks: the object is known, its old values are gone.
const BY_DESCRIPTOR: &[(&str, &[&str])] = &[
    ("file_mode", &["tarsier.file.mode_old"]),
    ("file_owner", &["tarsier.file.uid_old", "tarsier.file.gid_old"]),
    ("file_truncate", &["tarsier.file.size_old"]),
];

/// Whether the event came over the trampoline tier.
pub fn is_trampoline(event: &Event) -> bool {
    event.has_flag("trampoline")
}

/// Why `field` may be missing from this event; `None` when it must be there.
pub fn excuse(event: &Event, field: &str) -> Option<&'static str> {
    if is_trampoline(event) {
        return None;
    }
    let lacks = |table: &[(&str, &[&str])]| {
        table.iter().any(|(action, fields)| *action == event.action() && fields.contains(&field))
    };
    if event.has_flag("as_asked") || event.has_flag("object_unknown") {
        return lacks(BY_PATH).then_some("tracepoint tier: named by a path, object not resolved");
    }
    lacks(BY_DESCRIPTOR).then_some("tracepoint tier: the value before is gone after the call")
}

#[cfg(test)]
mod tests {
    use super::excuse;
    use crate::recorded::Event;

    fn event(flags: &str) -> Event {
        let line =
            format!(r#"{{"event":{{"action":"file_mode"}},"tarsier":{{"flags":[{flags}]}}}}"#);
        Event::parse(&line).unwrap()
    }

    #[test]
    fn only_the_tier_excuses() {
        assert!(excuse(&event("\"as_asked\""), "file.inode").is_some());
        assert!(excuse(&event("\"trampoline\",\"as_asked\""), "file.inode").is_none());
        assert!(excuse(&event(""), "file.inode").is_none());
        assert!(excuse(&event(""), "tarsier.file.mode_old").is_some());
        assert!(excuse(&event("\"as_asked\""), "file.path").is_none());
    }
}
