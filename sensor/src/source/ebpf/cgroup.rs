// SPDX-License-Identifier: Apache-2.0
//! The root of cgroup2, where programs see the packets of every socket.
use std::fs::File;

const MOUNTS: &str = "/proc/self/mountinfo";

/// Opens the root of the cgroup2 hierarchy.
///
/// # Errors
/// Says what is missing and what to do about it.
pub fn root() -> Result<File, String> {
    let mounts =
        std::fs::read_to_string(MOUNTS).map_err(|why| format!("cannot read {MOUNTS}: {why}"))?;
    let path = find(&mounts).ok_or(
        "the root of cgroup2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup/unified, \
         or give the container the host's cgroup namespace",
    )?;
    File::open(&path).map_err(|why| format!("cannot open {path}: {why}"))
}

/// Mount point of a cgroup2 whose own root is mounted, not a part of it.
fn find(mounts: &str) -> Option<String> {
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        (kind.starts_with("cgroup2 ") && root == "/").then(|| unescape(point))
    })
}

/// Spaces, tabs, newlines and backslashes are written in octal.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_root_is_found_among_other_mounts() {
        let mounts = "\
24 30 0:22 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
25 30 0:23 /system.slice /part rw - cgroup2 cgroup2 rw
26 30 0:23 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:9 - cgroup2 cgroup2 rw
";
        assert_eq!(find(mounts).as_deref(), Some("/sys/fs/cgroup/uni fied"));
        assert_eq!(find("24 30 0:22 / /x rw - cgroup cgroup rw\n"), None);
    }
}
