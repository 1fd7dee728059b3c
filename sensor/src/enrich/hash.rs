// SPDX-License-Identifier: Apache-2.0
//! SHA-256 of executables, off the data path.
//!
//! One thread reads files at a bounded rate; the pipeline asks with a bounded queue and never
//! waits. A file is hashed once per identity (device, inode, times, size), and only if it still
//! is what the kernel saw: otherwise there is no hash, rather than a wrong one.
use common::value::{Errno, FileIdentity, Hash};
use common::wire::{Exec, Map, Record};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Files that wait to be hashed; more are skipped and counted.
const QUEUE_MAX: usize = 1_024;
/// Identities remembered as asked for; forgotten all at once when full.
const ASKED_MAX: usize = 16_384;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 128 * 1024;

/// What the settings say about hashing.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Hash executables.
    pub exec: bool,
    /// Hash shared objects.
    pub image: bool,
    /// Larger files are not hashed.
    pub file_bytes_max: u64,
    /// Bytes a second; 0 is unlimited.
    pub bytes_per_s: u64,
}

/// How hashing goes.
#[derive(Debug, Default)]
struct Counters {
    /// Files hashed.
    done: AtomicU64,
    /// Not hashed: the queue was full, the file too large, gone or changed.
    skipped: AtomicU64,
}

/// The hashing thread, and what has been asked of it.
#[derive(Debug)]
pub struct Hasher {
    ask: Option<SyncSender<Question>>,
    answers: Receiver<(FileIdentity, Hash)>,
    asked: HashSet<FileIdentity>,
    counters: Arc<Counters>,
    limits: Limits,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Question {
    identity: FileIdentity,
    path: PathBuf,
    pid: u64,
    limits: Limits,
}

impl Hasher {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(limits: Limits) -> io::Result<Hasher> {
        let (ask, questions) = sync_channel::<Question>(QUEUE_MAX);
        let (answer, answers) = sync_channel(QUEUE_MAX);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let thread = std::thread::Builder::new().name("hash".into()).spawn(move || {
            work(&questions, &answer, &shared);
        })?;
        let asked = HashSet::new();
        Ok(Hasher { ask: Some(ask), answers, asked, counters, limits, thread: Some(thread) })
    }

    /// Asks for the hash of what a record started or mapped.
    pub fn observe(&mut self, record: &Record<'_>) {
        if let Some(exec) = record.body::<Exec>().filter(|exec| exec.result == Errno(0)) {
            let identity = FileIdentity {
                inode: exec.inode,
                mtime_ns: exec.mtime.0,
                ctime_ns: exec.ctime.0,
                size: exec.size,
                device: u64::from(exec.device.0),
            };
            if self.limits.exec {
                self.ask(identity, record.text(exec.executable.0), record.header.process.pid);
            }
        } else if let Some(map) = record.body::<Map>() {
            let identity = FileIdentity {
                inode: map.inode,
                mtime_ns: map.mtime.0,
                ctime_ns: map.ctime.0,
                size: map.size,
                device: u64::from(map.device.0),
            };
            if self.limits.image {
                self.ask(identity, record.text(map.path.0), record.header.process.pid);
            }
        }
    }

    /// Live settings: what to hash; speed and size apply to the next file.
    pub fn apply(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn ask(&mut self, identity: FileIdentity, path: Option<&[u8]>, pid: u64) {
        let Some(path) = path else { return };
        if self.asked.contains(&identity) {
            return;
        }
        if self.asked.len() >= ASKED_MAX {
            self.asked.clear();
        }
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
        let question = Question { identity, path, pid, limits: self.limits };
        match self.ask.as_ref().map(|ask| ask.try_send(question)) {
            Some(Ok(())) => {
                self.asked.insert(identity);
            }
            _ => {
                self.counters.skipped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Files hashed, files skipped.
    pub fn counted(&self) -> (u64, u64) {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        (read(&self.counters.done), read(&self.counters.skipped))
    }

    /// Hashes found since the last call.
    pub fn answers(&self) -> impl Iterator<Item = (FileIdentity, Hash)> + '_ {
        self.answers.try_iter()
    }

    /// Ends the thread without waiting for what is queued; returns the last answers.
    pub fn stop(mut self) -> Vec<(FileIdentity, Hash)> {
        self.ask = None;
        let mut last = Vec::new();
        while let Ok(answer) = self.answers.recv_timeout(Duration::from_millis(200)) {
            last.push(answer);
        }
        drop(self.thread.take());
        last
    }
}

fn work(
    questions: &Receiver<Question>,
    answer: &SyncSender<(FileIdentity, Hash)>,
    counters: &Counters,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(question) = questions.recv() {
        match hash(&question, &mut chunk) {
            Ok(hash) => {
                counters.done.fetch_add(1, Ordering::Relaxed);
                if answer.send((question.identity, hash)).is_err() {
                    return;
                }
            }
            Err(_) => {
                counters.skipped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn hash(question: &Question, chunk: &mut [u8]) -> io::Result<Hash> {
    if question.identity.size > question.limits.file_bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut file = open_same(question)?;
    let mut digest = Sha256::new();
    let mut total = 0u64;
    let started = Instant::now();
    loop {
        let got = file.read(chunk)?;
        if got == 0 {
            break;
        }
        digest.update(chunk.get(..got).unwrap_or(&[]));
        total += u64::try_from(got).unwrap_or(0);
        if let Some(due_ms) = (total * 1000).checked_div(question.limits.bytes_per_s) {
            std::thread::sleep(Duration::from_millis(due_ms).saturating_sub(started.elapsed()));
        }
    }
    if !same(&file, &question.identity)? {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Hash(digest.finalize().into()))
}

/// Opens the path on this host, else as the process saw it; only the very file will do.
fn open_same(question: &Question) -> io::Result<File> {
    let inside = question.path.strip_prefix("/").unwrap_or(&question.path);
    let seen = Path::new("/proc").join(question.pid.to_string()).join("root").join(inside);
    for path in [&question.path, &seen] {
        // Not blocking: a path may have become a FIFO since.
        let opened = File::options().read(true).custom_flags(NONBLOCK | NOFOLLOW).open(path);
        if let Ok(file) = opened
            && same(&file, &question.identity)?
        {
            return Ok(file);
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
const NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// Inode, size and times: the device is left out, because btrfs and overlay show another one to
/// user space than the kernel's own.
fn same(file: &File, identity: &FileIdentity) -> io::Result<bool> {
    let meta = file.metadata()?;
    let ns = |s: i64, ns: i64| u64::try_from(s * 1_000_000_000 + ns).unwrap_or(0);
    Ok(meta.is_file()
        && meta.ino() == identity.inode
        && meta.size() == identity.size
        && ns(meta.mtime(), meta.mtime_nsec()) == identity.mtime_ns
        && ns(meta.ctime(), meta.ctime_nsec()) == identity.ctime_ns)
}

#[cfg(test)]
mod tests {
    use super::{Limits, Question, hash};
    use common::value::{FileIdentity, Hash};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn hashes_the_very_file_or_nothing() {
        let path = std::env::temp_dir().join(format!("hash-{}", std::process::id()));
        std::fs::write(&path, b"abc").unwrap();
        let meta = std::fs::metadata(&path).unwrap();
        let ns = |s: i64, n: i64| u64::try_from(s * 1_000_000_000 + n).unwrap();
        let identity = FileIdentity {
            inode: meta.ino(),
            mtime_ns: ns(meta.mtime(), meta.mtime_nsec()),
            ctime_ns: ns(meta.ctime(), meta.ctime_nsec()),
            size: 3,
            device: 0,
        };
        let limits = Limits { exec: true, image: true, file_bytes_max: 10, bytes_per_s: 0 };
        let mut chunk = vec![0; 16];
        let ask = |identity| Question { identity, path: path.clone(), pid: 1, limits };
        let got = hash(&ask(identity), &mut chunk).unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let shown: String = got.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(shown, expected);
        let other = FileIdentity { mtime_ns: identity.mtime_ns + 1, ..identity };
        assert!(hash(&ask(other), &mut chunk).is_err());
        let small = Question { limits: Limits { file_bytes_max: 2, ..limits }, ..ask(identity) };
        assert!(hash(&small, &mut chunk).is_err());
        assert_ne!(got, Hash([0; 32]));
        std::fs::remove_file(path).unwrap();
    }
}
