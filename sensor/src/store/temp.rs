// SPDX-License-Identifier: Apache-2.0
//! Temporary: one append-only file, so that the rest can be wired. Replaced whole by the store.
#![allow(missing_docs, clippy::missing_errors_doc, reason = "replaced by the store")]
use super::{ContextRef, FileIdentity, Row, StoreError};
use common::event::{Context, Head, Kind};
use common::value::ProcessKey;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write as _;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use zerocopy::{FromBytes, IntoBytes};

#[derive(Clone, Debug)]
pub struct Options {
    pub max_size_mb: u64,
    pub journal_mb: u32,
    pub max_age_days: u32,
    pub prune_extra_percent: u8,
    pub commit_interval_ms: u32,
    pub time_unit_ns: u32,
    pub memory_mb: u32,
}
impl Default for Options {
    fn default() -> Self {
        Options {
            max_size_mb: 1024,
            journal_mb: 32,
            max_age_days: 90,
            prune_extra_percent: 10,
            commit_interval_ms: 500,
            time_unit_ns: 1000,
            memory_mb: 16,
        }
    }
}
#[derive(Clone, Debug)]
pub struct Recovered {
    pub clean: bool,
    pub new_store: bool,
    pub last_sequence: Option<u64>,
    pub last_time_ns: Option<u64>,
    pub next_sequence: u64,
    pub rows_from_journal: u64,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Full,
    Malformed,
}
#[derive(Clone, Debug)]
pub enum State {
    Ok,
    Trouble(String),
}
#[derive(Clone, Debug)]
pub struct Pruned {
    pub events: u64,
    pub through_sequence: u64,
    pub through_time_ns: u64,
}
#[derive(Clone, Debug)]
pub struct Stats {
    pub events_stored: u64,
    pub appended: u64,
    pub durable_sequence: Option<u64>,
    pub next_sequence: u64,
    pub disk_bytes: u64,
    pub used_bytes: u64,
    pub limit_bytes: u64,
    pub written_bytes: u64,
    pub block_bytes: u64,
    pub sealed_events: u64,
    pub oldest_time_ns: Option<u64>,
    pub newest_time_ns: Option<u64>,
    pub pruned: Option<Pruned>,
    pub pending_bytes: u64,
    pub state: State,
}
#[derive(Debug)]
pub struct Writer {
    file: File,
    buffer: Vec<u8>,
    stats: Arc<Mutex<Stats>>,
    hashes: Hashes,
}
#[derive(Clone, Debug, Default)]
pub struct Hashes(Arc<Mutex<HashMap<FileIdentity, [u8; 32]>>>);
impl Hashes {
    pub fn put(&self, id: FileIdentity, hash: [u8; 32]) {
        self.0.lock().unwrap().insert(id, hash);
    }
}
#[derive(Clone, Debug)]
pub struct Watch(Arc<Mutex<Stats>>);
impl Watch {
    pub fn stats(&self) -> Stats {
        self.0.lock().unwrap().clone()
    }
}
fn file(dir: &Path) -> PathBuf {
    dir.join("temp.rows")
}
impl Writer {
    pub fn open(dir: &Path, _options: Options) -> Result<(Writer, Recovered), StoreError> {
        std::fs::create_dir_all(dir).map_err(|why| StoreError::file(dir, "make it", why))?;
        let path = file(dir);
        let f = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|why| StoreError::file(&path, "open it", why))?;
        let mut n = 0;
        let mut last = None;
        if let Ok(mut r) = Reader::open(dir) {
            let _ = r.scan(&Scan::default(), &mut |row| {
                n = row.head.sequence + 1;
                last = Some(row.head.time.0);
                ControlFlow::Continue(())
            });
        }
        let stats = Stats {
            events_stored: n,
            appended: 0,
            durable_sequence: None,
            next_sequence: n,
            disk_bytes: 0,
            used_bytes: 0,
            limit_bytes: 0,
            written_bytes: 0,
            block_bytes: 0,
            sealed_events: 0,
            oldest_time_ns: None,
            newest_time_ns: last,
            pruned: None,
            pending_bytes: 0,
            state: State::Ok,
        };
        Ok((
            Writer {
                file: f,
                buffer: vec![],
                stats: Arc::new(Mutex::new(stats)),
                hashes: Hashes::default(),
            },
            Recovered {
                clean: true,
                new_store: n == 0,
                last_sequence: n.checked_sub(1),
                last_time_ns: last,
                next_sequence: n,
                rows_from_journal: 0,
            },
        ))
    }
    pub fn append(&mut self, row: &Row<'_>) -> Result<u64, Refused> {
        let mut s = self.stats.lock().unwrap();
        let seq = s.next_sequence;
        s.next_sequence += 1;
        s.appended += 1;
        s.events_stored += 1;
        s.newest_time_ns = Some(row.head.time.0);
        let mut head = row.head;
        head.sequence = seq;
        head.kind = row.kind as u32;
        let parts =
            [head.as_bytes(), row.context.fixed.as_bytes(), row.context.tail, row.body, row.tail];
        let len: usize = parts.iter().map(|p| p.len()).sum();
        for n in [len, row.context.tail.len(), row.tail.len()] {
            self.buffer.extend_from_slice(&(n as u32).to_le_bytes());
        }
        for p in parts {
            self.buffer.extend_from_slice(p);
        }
        Ok(seq)
    }
    pub fn publish(&mut self) {
        let _ = self.file.write_all(&self.buffer);
        let mut s = self.stats.lock().unwrap();
        s.written_bytes += self.buffer.len() as u64;
        s.durable_sequence = s.next_sequence.checked_sub(1);
        self.buffer.clear();
    }
    pub fn seal(&mut self) {}
    pub fn put_hash(&self, id: FileIdentity, hash: [u8; 32]) {
        self.hashes.put(id, hash);
    }
    pub fn hashes(&self) -> Hashes {
        self.hashes.clone()
    }
    pub fn stats(&self) -> Stats {
        self.stats.lock().unwrap().clone()
    }
    pub fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.stats))
    }
    pub fn close(mut self) -> Result<(), StoreError> {
        self.publish();
        Ok(())
    }
}
#[derive(Clone, Debug)]
pub struct KindSet(HashSet<u32>);
impl KindSet {
    pub fn all() -> Self {
        KindSet(Kind::ALL.iter().map(|k| *k as u32).collect())
    }
    pub fn none() -> Self {
        KindSet(HashSet::new())
    }
    pub fn with(mut self, k: Kind) -> Self {
        self.0.insert(k as u32);
        self
    }
    pub fn contains(&self, k: Kind) -> bool {
        self.0.contains(&(k as u32))
    }
}
impl FromIterator<Kind> for KindSet {
    fn from_iter<I: IntoIterator<Item = Kind>>(i: I) -> Self {
        KindSet(i.into_iter().map(|k| k as u32).collect())
    }
}
pub struct Scan<'q> {
    pub times: Range<u64>,
    pub sequences: Range<u64>,
    pub kinds: KindSet,
    pub newest_first: bool,
    pub context: Option<&'q dyn Fn(&Context, &[u8]) -> bool>,
    pub texts: Option<&'q dyn Fn(&[u8]) -> bool>,
}
impl Default for Scan<'_> {
    fn default() -> Self {
        Scan {
            times: 0..u64::MAX,
            sequences: 0..u64::MAX,
            kinds: KindSet::all(),
            newest_first: false,
            context: None,
            texts: None,
        }
    }
}
#[derive(Clone, Copy, Debug, Default)]
pub struct ScanReport {
    pub blocks_read: u64,
    pub blocks_skipped: u64,
    pub rows: u64,
}
#[derive(Clone, Copy, Debug)]
pub struct ProcessEntry {
    pub key: ProcessKey,
    pub parent: ProcessKey,
    pub first_sequence: u64,
}
#[derive(Clone, Debug)]
pub struct Overview {
    pub events: u64,
    pub oldest_time_ns: Option<u64>,
    pub newest_time_ns: Option<u64>,
    pub blocks: u64,
    pub segments: u64,
    pub used_bytes: u64,
    pub disk_bytes: u64,
    pub bytes_per_event: f64,
    pub pruned: Option<Pruned>,
    pub format: u32,
    pub kinds: Vec<(Kind, u64)>,
}
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
}
fn any_text(
    fields: &[common::record::Field],
    body: &[u8],
    tail: &[u8],
    f: &dyn Fn(&[u8]) -> bool,
) -> bool {
    fields
        .iter()
        .filter(|x| matches!(x.ty, common::value::Type::Text | common::value::Type::TextList))
        .any(|x| {
            common::record::span_at(body, x)
                .filter(|s| *s != common::value::Span::ABSENT)
                .and_then(|s| common::record::text(tail, s))
                .is_some_and(f)
        })
}
impl Reader {
    pub fn open(dir: &Path) -> Result<Reader, StoreError> {
        if file(dir).exists() {
            Ok(Reader { dir: dir.into() })
        } else {
            Err(StoreError::NoStore { path: dir.into() })
        }
    }
    pub fn scan(
        &mut self,
        scan: &Scan<'_>,
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<ScanReport, StoreError> {
        let all = std::fs::read(file(&self.dir)).unwrap_or_default();
        let mut at = vec![];
        let mut p = 0;
        let u = |o: usize| u32::from_le_bytes(all[o..o + 4].try_into().unwrap()) as usize;
        while p + 12 <= all.len() {
            let l = u(p);
            if p + 12 + l > all.len() {
                break;
            }
            at.push(p);
            p += 12 + l;
        }
        if scan.newest_first {
            at.reverse();
        }
        let mut rows = 0;
        let mut ids = HashMap::new();
        for p in at {
            let (l, ct, t) = (u(p), u(p + 4), u(p + 8));
            let b = &all[p + 12..p + 12 + l];
            let head = Head::read_from_bytes(&b[..size_of::<Head>()]).unwrap();
            let b = &b[size_of::<Head>()..];
            let context = Context::read_from_bytes(&b[..size_of::<Context>()]).unwrap();
            let b = &b[size_of::<Context>()..];
            let (ctail, b) = b.split_at(ct);
            let (body, tail) = b.split_at(b.len() - t);
            let Some(kind) = Kind::from_id(head.kind) else { continue };
            if !scan.times.contains(&head.time.0)
                || !scan.sequences.contains(&head.sequence)
                || !scan.kinds.contains(kind)
            {
                continue;
            }
            if scan.context.is_some_and(|f| !f(&context, ctail)) {
                continue;
            }
            if let Some(f) = scan.texts
                && !any_text(kind.fields(), body, tail, f)
                && !any_text(
                    <Context as common::record::Body>::FIELDS,
                    context.as_bytes(),
                    ctail,
                    f,
                )
            {
                continue;
            }
            let n = ids.len() as u64;
            let id = *ids.entry((context.as_bytes().to_vec(), ctail.to_vec())).or_insert(n);
            let mut aligned = vec![0u64; body.len().div_ceil(8)];
            aligned.as_mut_bytes()[..body.len()].copy_from_slice(body);
            rows += 1;
            if each(&Row {
                head,
                context: ContextRef { id, fixed: &context, tail: ctail },
                kind,
                body: &aligned.as_bytes()[..body.len()],
                tail,
            })
            .is_break()
            {
                break;
            }
        }
        Ok(ScanReport { blocks_read: 1, blocks_skipped: 0, rows })
    }
    fn contexts(&mut self) -> Result<Vec<(u64, Context, Vec<u8>)>, StoreError> {
        let mut v = vec![];
        self.scan(&Scan::default(), &mut |r| {
            v.push((r.head.sequence, *r.context.fixed, r.context.tail.to_vec()));
            ControlFlow::Continue(())
        })?;
        Ok(v)
    }
    pub fn process(&mut self, key: ProcessKey) -> Result<Option<(Context, Vec<u8>)>, StoreError> {
        Ok(self.contexts()?.into_iter().rev().find(|c| c.1.process == key).map(|c| (c.1, c.2)))
    }
    pub fn children(&mut self, key: ProcessKey) -> Result<Vec<ProcessEntry>, StoreError> {
        let mut seen = HashSet::new();
        Ok(self
            .contexts()?
            .into_iter()
            .filter(|c| c.1.parent == key && seen.insert(c.1.process))
            .map(|c| ProcessEntry { key: c.1.process, parent: key, first_sequence: c.0 })
            .collect())
    }
    pub fn ancestors(&mut self, key: ProcessKey) -> Result<Vec<ProcessKey>, StoreError> {
        let all = self.contexts()?;
        let mut out = vec![];
        let mut k = key;
        while let Some(c) = all.iter().find(|c| c.1.process == k) {
            if c.1.parent == k || out.len() > 64 {
                break;
            }
            k = c.1.parent;
            out.push(k);
        }
        Ok(out)
    }
    pub fn descendants(&mut self, key: ProcessKey) -> Result<Vec<ProcessEntry>, StoreError> {
        let mut out = self.children(key)?;
        let mut i = 0;
        while i < out.len() {
            let more = self.children(out[i].key)?;
            out.extend(more);
            i += 1;
        }
        Ok(out)
    }
    pub fn hash_of(&self, _id: &FileIdentity) -> Result<Option<[u8; 32]>, StoreError> {
        Ok(None)
    }
    pub fn last_sequence(&mut self) -> Result<Option<u64>, StoreError> {
        let mut s = None;
        self.scan(&Scan::default(), &mut |r| {
            s = Some(r.head.sequence);
            ControlFlow::Continue(())
        })?;
        Ok(s)
    }
    pub fn wait_beyond(&mut self, sequence: u64, timeout: Duration) -> Result<bool, StoreError> {
        let end = Instant::now() + timeout;
        loop {
            if self.last_sequence()?.is_some_and(|s| s > sequence) {
                return Ok(true);
            }
            if Instant::now() > end {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    pub fn overview(&mut self) -> Result<Overview, StoreError> {
        let c = self.contexts()?;
        Ok(Overview {
            events: c.len() as u64,
            oldest_time_ns: None,
            newest_time_ns: None,
            blocks: 0,
            segments: 0,
            used_bytes: 0,
            disk_bytes: 0,
            bytes_per_event: 0.0,
            pruned: None,
            format: 0,
            kinds: vec![],
        })
    }
}
#[derive(Clone, Debug)]
pub struct Problem {
    pub place: String,
    pub what: String,
}
#[derive(Clone, Debug)]
pub struct Report {
    pub blocks: u64,
    pub events: u64,
    pub journal_rows: u64,
    pub problems: Vec<Problem>,
}
impl Report {
    pub fn ok(&self) -> bool {
        self.problems.is_empty()
    }
}
pub fn verify(dir: &Path) -> Result<Report, StoreError> {
    let n = Reader::open(dir)?.contexts()?.len() as u64;
    Ok(Report { blocks: 0, events: n, journal_rows: 0, problems: vec![] })
}
