// SPDX-License-Identifier: Apache-2.0
//! Names of users, from the host's own list.
//!
//! Only `/etc/passwd` is read: asking a directory server could block the data path, and a name
//! that is not known is absent, never guessed. A container's users are numbers of this host.
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// Names by number; re-read when the file changes.
#[derive(Debug)]
pub struct Users {
    path: PathBuf,
    read_at: Option<SystemTime>,
    names: HashMap<u32, Box<[u8]>>,
}

impl Users {
    /// Names of the host.
    pub fn of_host() -> Users {
        Users::from_file(PathBuf::from("/etc/passwd"))
    }

    fn from_file(path: PathBuf) -> Users {
        let mut users = Users { path, read_at: None, names: HashMap::new() };
        users.refresh();
        users
    }

    /// The name of a user.
    pub fn name(&self, uid: u32) -> Option<&[u8]> {
        self.names.get(&uid).map(|name| &name[..])
    }

    /// Reads the list again if it changed; says whether it did.
    pub fn refresh(&mut self) -> bool {
        let changed_at = fs::metadata(&self.path).and_then(|meta| meta.modified()).ok();
        if changed_at == self.read_at {
            return false;
        }
        let Ok(text) = fs::read(&self.path) else { return false };
        self.names = text.split(|byte| *byte == b'\n').rev().filter_map(line).collect();
        self.read_at = changed_at;
        true
    }
}

/// `name:password:uid:…`; the first of several names of a number wins (lines come in reverse).
fn line(line: &[u8]) -> Option<(u32, Box<[u8]>)> {
    let mut parts = line.split(|byte| *byte == b':');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let uid = std::str::from_utf8(parts.nth(1)?).ok()?.parse().ok()?;
    Some((uid, name.into()))
}

#[cfg(test)]
mod tests {
    use super::Users;
    use std::fs;

    #[test]
    fn first_name_of_a_number_wins_and_changes_are_seen() {
        let path = std::env::temp_dir().join(format!("users-{}", std::process::id()));
        fs::write(&path, "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:\nbroken\n:x:7::\na:x:9:").unwrap();
        let mut users = Users::from_file(path.clone());
        assert_eq!(users.name(0), Some(&b"root"[..]));
        assert_eq!((users.name(7), users.name(9)), (None, Some(&b"a"[..])));
        assert!(!users.refresh());
        fs::write(&path, "admin:x:0:0::/:\n").unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(users.refresh());
        assert_eq!(users.name(0), Some(&b"admin"[..]));
        fs::remove_file(path).unwrap();
    }
}
