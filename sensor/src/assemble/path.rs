// SPDX-License-Identifier: Apache-2.0
//! Paths as asked, joined to the directory they were asked in.
//!
//! Only `.` and `//` are taken out. `a/..` stays as it is: when `a` is a symbolic link it is not
//! the directory it was asked in, and nobody knows any more.

/// Writes the joined path into `into`, replacing what it holds.
///
/// `false` when `asked` is relative and its directory is not known: then `into` is `asked` alone.
pub fn join(directory: Option<&[u8]>, asked: &[u8], into: &mut Vec<u8>) -> bool {
    into.clear();
    let whole = asked.first() == Some(&b'/');
    let known = whole || directory.is_some();
    if let (false, Some(directory)) = (whole, directory) {
        add_components(directory, into, directory.first() == Some(&b'/'));
    }
    let rooted = known && (whole || into.is_empty() || into.first() == Some(&b'/'));
    add_components(asked, into, rooted || !into.is_empty());
    if into.is_empty() {
        into.extend_from_slice(if rooted { b"/" } else { asked });
    }
    known
}

fn add_components(path: &[u8], into: &mut Vec<u8>, mut separate: bool) {
    for component in path.split(|byte| *byte == b'/') {
        if component.is_empty() || component == b"." {
            continue;
        }
        if separate {
            into.push(b'/');
        }
        into.extend_from_slice(component);
        separate = true;
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    fn joined(directory: Option<&str>, asked: &str) -> (String, bool) {
        let mut into = b"leftover".to_vec();
        let known = join(directory.map(str::as_bytes), asked.as_bytes(), &mut into);
        (String::from_utf8(into).unwrap(), known)
    }

    #[test]
    fn only_dots_and_double_slashes_go() {
        for (directory, asked, expected) in [
            (Some("/tmp"), "a", "/tmp/a"),
            (Some("/tmp/"), "./a//b/", "/tmp/a/b"),
            (Some("/"), "a", "/a"),
            (Some("/"), "", "/"),
            (Some("/tmp"), "", "/tmp"),
            (Some("/tmp"), "/etc//./x", "/etc/x"),
            (None, "/", "/"),
            (Some("/a"), "b/../c", "/a/b/../c"),
            (Some("/a"), "..", "/a/.."),
            (Some("/a b"), "...", "/a b/..."),
        ] {
            assert_eq!(joined(directory, asked), (expected.to_owned(), true), "{asked}");
        }
    }

    #[test]
    fn a_relative_path_without_its_directory_stays_relative() {
        assert_eq!(joined(None, "a/./b"), ("a/b".to_owned(), false));
        assert_eq!(joined(None, "."), (".".to_owned(), false));
    }

    #[test]
    fn a_cut_directory_keeps_its_look() {
        assert_eq!(joined(Some("cut/dir"), "x"), ("cut/dir/x".to_owned(), true));
    }
}
