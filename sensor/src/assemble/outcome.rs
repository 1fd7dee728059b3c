// SPDX-License-Identifier: Apache-2.0
//! Attempts and how they ended become one event.
//!
//! On the trampoline tier a hook sees the resolved objects before the act; the end of the system
//! call says how it went. On the tracepoint tier the record has its result already. A failure is
//! an event only when somebody was refused; any other attempt never counted as seen (folded).
use crate::assemble::path_op::{Joiner, Texts};
use crate::event::{Drafts, Moment, Who};
use crate::health::{Count, Health};
use common::limits;
use common::names::{Class, EventFlags, FileOperation};
use common::value::{Errno, Typed};
use common::wire::{Header, Mount, Outcome, PathOp, Record};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

const EPERM: i32 = 1;
const EACCES: i32 = 13;
const EROFS: i32 = 30;

/// Attempts waiting for their outcome, at most one a thread.
#[derive(Debug)]
pub struct Outcomes {
    waiting: HashMap<u32, Attempt>,
    spare: Vec<Vec<u8>>,
    joiner: Joiner,
    health: Arc<Health>,
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    Operation(PathOp),
    Mount(Mount),
}

impl Asked {
    fn operation(&self) -> FileOperation {
        match self {
            Asked::Operation(body) => body.operation,
            Asked::Mount(body) => body.operation,
        }
    }
    /// What did not exist when it was asked for is known at the end; its mode by then has lost
    /// what the umask takes.
    fn made(&mut self, outcome: &Outcome) {
        if let Asked::Operation(body) = self
            && outcome.inode != u64::MAX
        {
            body.inode = outcome.inode;
            body.device = outcome.device;
            body.mode = outcome.mode;
        }
    }
    fn result(&self) -> Errno {
        match self {
            Asked::Operation(body) => body.result,
            Asked::Mount(body) => body.result,
        }
    }
}

#[derive(Debug)]
struct Attempt {
    header: Header,
    asked: Asked,
    bytes: Vec<u8>,
    /// Where in `bytes` the five texts are.
    texts: [Option<Range<usize>>; 5],
}

impl Attempt {
    fn texts(&self) -> Texts<'_> {
        let text = |n: usize| {
            let range: Option<Range<usize>> = self.texts[n].clone();
            range.and_then(|range| self.bytes.get(range))
        };
        Texts {
            directory: text(0),
            path: text(1),
            directory_other: text(2),
            other: text(3),
            word: text(4),
        }
    }
}

impl Outcomes {
    /// Nothing waits yet.
    pub fn new(health: Arc<Health>) -> Outcomes {
        Outcomes {
            waiting: HashMap::with_capacity(limits::ATTEMPTS_MAX),
            spare: Vec::new(),
            joiner: Joiner::default(),
            health,
        }
    }

    /// A `path_op` record.
    pub fn operation(&mut self, record: &Record<'_>, body: &PathOp, out: &mut Drafts) {
        let texts = Texts::of_operation(record, body);
        self.begin(record.header, Asked::Operation(*body), texts, out);
    }

    /// A `mount` record.
    pub fn mount(&mut self, record: &Record<'_>, body: &Mount, out: &mut Drafts) {
        let texts = Texts::of_mount(record, body);
        self.begin(record.header, Asked::Mount(*body), texts, out);
    }

    fn begin(&mut self, header: &Header, asked: Asked, texts: Texts<'_>, out: &mut Drafts) {
        let unknown = header.flags & EventFlags::RESULT_UNKNOWN.0 != 0;
        if asked.result() != Errno::ABSENT || unknown {
            self.tell(header, asked, texts, asked.result(), out);
            return;
        }
        if let Some(older) = self.waiting.remove(&header.tid) {
            // A kernel that tries again after ESTALE asks its security modules again.
            if older.asked.operation() == asked.operation() && older.texts().path == texts.path {
                self.health.add(Class::FILE, Count::Folded, 1);
                self.recycle(older);
            } else {
                self.tell_unknown(older, out);
            }
        }
        if self.waiting.len() >= limits::ATTEMPTS_MAX {
            self.tell(header, asked, texts, Errno::ABSENT, out);
            return;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        let mut keep = |text: Option<&[u8]>| {
            let start = bytes.len();
            text.map(|text| {
                bytes.extend_from_slice(text);
                start..bytes.len()
            })
        };
        let texts = [texts.directory, texts.path, texts.directory_other, texts.other, texts.word]
            .map(&mut keep);
        self.waiting.insert(header.tid, Attempt { header: *header, asked, bytes, texts });
    }

    /// An `outcome` record. One whose attempt was lost is dropped: that loss is counted already.
    pub fn outcome(&mut self, header: &Header, body: &Outcome, out: &mut Drafts) {
        let matches = |attempt: &Attempt| attempt.asked.operation() == body.operation;
        if !self.waiting.get(&header.tid).is_some_and(matches) {
            return;
        }
        let Some(mut attempt) = self.waiting.remove(&header.tid) else { return };
        attempt.asked.made(body);
        if matches!(body.result.0, 0 | EPERM | EACCES | EROFS) {
            self.tell(&attempt.header, attempt.asked, attempt.texts(), body.result, out);
        } else {
            self.health.add(Class::FILE, Count::Folded, 1);
        }
        self.recycle(attempt);
    }

    /// Tells what has waited for long enough.
    pub fn tick(&mut self, now_ns: u64, out: &mut Drafts) {
        let late = |attempt: &Attempt| {
            now_ns.saturating_sub(attempt.header.time_ns) >= limits::OUTCOME_WAIT_NS
        };
        while let Some(tid) = self.waiting.iter().find(|(_, attempt)| late(attempt)).map(|x| *x.0) {
            if let Some(attempt) = self.waiting.remove(&tid) {
                self.tell_unknown(attempt, out);
            }
        }
    }

    /// Tells everything that waits: the recorder stops.
    pub fn flush(&mut self, out: &mut Drafts) {
        self.tick(u64::MAX, out);
    }

    fn tell_unknown(&mut self, attempt: Attempt, out: &mut Drafts) {
        self.tell(&attempt.header, attempt.asked, attempt.texts(), Errno::ABSENT, out);
        self.recycle(attempt);
    }

    fn tell(
        &mut self,
        header: &Header,
        asked: Asked,
        texts: Texts<'_>,
        result: Errno,
        out: &mut Drafts,
    ) {
        let mut at = Moment { result, ..Moment::of(header) };
        if result == Errno::ABSENT {
            at.flags.0 |= EventFlags::RESULT_UNKNOWN.0;
        }
        let who = Who::Header(*header);
        match asked {
            Asked::Operation(body) => self.joiner.operation(&who, at, &body, texts, out),
            Asked::Mount(body) => self.joiner.mount(&who, at, &body, texts, out),
        }
    }

    fn recycle(&mut self, attempt: Attempt) {
        if self.spare.len() < limits::ATTEMPTS_MAX {
            self.spare.push(attempt.bytes);
        }
    }
}
