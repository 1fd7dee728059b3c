// SPDX-License-Identifier: Apache-2.0
//! The question people come with: which events are about this path, or about the file it names.
use super::catalog::{self, Known, is_path};
use super::expr::{Comparison, Expr};
use super::test::{Order, Test, TextTest};
use common::event::Kind;
use common::value::Type;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// What a path stands for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The path as typed and as resolved; one or two.
    pub paths: Vec<PathBuf>,
    /// Device (kernel's numbering), inode and birth (nanoseconds since 1970) of the file it names.
    pub file: Option<(u32, u64, u64)>,
    /// Mount namespaces in which the path means this file: ours and init's.
    pub mount_namespaces: Vec<u64>,
}

impl Subject {
    /// Looks a path up; it need not exist any more.
    ///
    /// # Errors
    /// The working directory of a relative path is not known.
    pub fn of(typed: &Path) -> std::io::Result<Subject> {
        let absolute = lexical(&std::path::absolute(typed)?);
        let resolved = resolve(&absolute);
        let mut paths = vec![absolute];
        if !paths.contains(&resolved) {
            paths.push(resolved);
        }
        let file = paths.last().and_then(|path| identity(path));
        let mut mount_namespaces: Vec<u64> = Vec::new();
        for process in ["self", "1"] {
            let inode = std::fs::metadata(format!("/proc/{process}/ns/mnt")).map(|meta| meta.ino());
            mount_namespaces.extend(inode.ok().filter(|inode| !mount_namespaces.contains(inode)));
        }
        Ok(Subject { paths, file, mount_namespaces })
    }

    /// Events that name one of its paths; in our mount namespace only, unless `everywhere`.
    pub fn by_path(&self, everywhere: bool) -> Expr {
        let texts: Vec<Vec<u8>> =
            self.paths.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect();
        let named = |field| compare(field, Test::Text(TextTest::OneOf(texts.clone())));
        let path = Expr::Or(path_fields().map(named).collect());
        if everywhere || self.mount_namespaces.is_empty() {
            return path;
        }
        let ours = self.mount_namespaces.iter().map(|inode| i128::from(*inode)).collect();
        let namespace = known("tarsier.process.mnt_ns");
        let here = Expr::Or(vec![
            compare(namespace, Test::Numbers(ours)),
            Expr::Not(Box::new(compare(namespace, Test::Exists))),
        ]);
        Expr::And(vec![path, here])
    }

    /// Events about the very file, under whatever name and from wherever, since it came to be:
    /// an inode number is used again after a file is gone.
    pub fn by_file(&self) -> Option<Expr> {
        let (device, inode, born) = self.file?;
        let is = |name, number: u64| compare(known(name), Test::Numbers(vec![number.into()]));
        let since = Test::Order(Order::AtLeast, born.into());
        Some(Expr::And(vec![
            is("file.inode", inode),
            is("file.device", device.into()),
            compare(known("@timestamp"), since),
        ]))
    }
}

fn compare(field: Known, test: Test) -> Expr {
    Expr::Compare(Comparison { field, test, differs: false })
}

fn known(name: &'static str) -> Known {
    catalog::find(name).expect("a name of common's tables, as the tests below prove")
}

/// Fields of bodies that hold a path.
fn path_fields() -> impl Iterator<Item = Known> {
    let in_body = |known: &&Known| {
        Kind::ALL.iter().any(|kind| kind.fields().iter().any(|field| field.name == known.name))
    };
    let all = catalog::all().iter();
    all.filter(|known| known.ty == Type::Text && is_path(known.name)).filter(in_body).copied()
}

/// `.` and `..` taken out by name, for a path whose directories may be gone.
fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The path without symbolic links as far as it exists, the rest as typed.
fn resolve(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolve(parent).join(name),
        _ => path.to_owned(),
    }
}

/// Device, inode and birth of the file a path names now.
fn identity(path: &Path) -> Option<(u32, u64, u64)> {
    let meta = path.symlink_metadata().ok()?;
    let (major, minor) = (rustix::fs::major(meta.dev()), rustix::fs::minor(meta.dev()));
    let since = |time: std::time::SystemTime| {
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        u64::try_from(since.as_nanos()).ok()
    };
    // Without a birth time every event of the inode may be this file's.
    let born = meta.created().ok().and_then(since).unwrap_or(0);
    // The kernel stamps files with a clock that lags by up to a tick.
    Some((major << 20 | minor, meta.ino(), born.saturating_sub(20_000_000)))
}

#[cfg(test)]
mod tests {
    use super::{Subject, lexical, path_fields};
    use std::path::Path;

    #[test]
    fn a_path_that_is_gone_is_still_a_path() {
        let subject = Subject::of(Path::new("/nowhere/./x/../gone")).unwrap();
        assert_eq!(subject.paths, [Path::new("/nowhere/gone")]);
        assert_eq!(subject.file, None);
        assert!(subject.by_file().is_none());
        let _known = subject.by_path(false);
        assert_eq!(lexical(Path::new("/a/../../b")), Path::new("/b"));
    }

    #[test]
    fn links_are_followed_to_the_file() {
        let dir = std::env::temp_dir().join(format!("tarsier-path-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("real")).unwrap();
        std::os::unix::fs::symlink(dir.join("real"), dir.join("link")).unwrap();
        std::fs::write(dir.join("real/file"), "x").unwrap();
        let subject = Subject::of(&dir.join("link/file")).unwrap();
        let real = dir.canonicalize().unwrap().join("real/file");
        let gone = Subject::of(&dir.join("link/gone")).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(subject.paths.last(), Some(&real));
        assert_eq!(subject.paths.len(), 2);
        assert!(subject.file.is_some() && subject.by_file().is_some());
        assert_eq!(gone.paths.last(), Some(&real.with_file_name("gone")));
    }

    #[test]
    fn every_path_of_a_body_is_looked_at() {
        let names: Vec<&str> = path_fields().map(|known| known.name).collect();
        for name in ["file.path", "tarsier.file.path_old", "file.target_path"] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(!names.iter().any(|name| name.starts_with("process.")));
    }
}
