// SPDX-License-Identifier: Apache-2.0
//! The data path, top to bottom: records in, events in the store. No other file loops over them.
mod books;
mod clock;
mod sequences;

pub use clock::{Clock, boot_ns};

use crate::assemble::Assemble;
use crate::config::Config;
use crate::enrich::hash::{Hasher, Limits};
use crate::enrich::process::Processes;
use crate::event::{Draft, Drafts, Tail, Who};
use crate::health::{Balance, Count, Health};
use crate::source::{Batch, HookState, ProbeInfo, Source, SourceError};
use crate::store::{ContextRef, FileIdentity, Recovered, Refused, Row, Writer};
use books::{Books, recorder_moment};
use common::event::{ClockStep, ConfigChange, Event, Head, RecorderStart, RecorderStop};
use common::knobs::Knobs;
use common::loss::Loss;
use common::names::Class;
use common::value::{BootTime, ProcessKey, Time};
use common::wire::{Header, Record, Wire};
use sequences::Sequences;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use zerocopy::FromBytes;

/// Housekeeping (clock, losses, expiry) happens this often.
const TICK: Duration = Duration::from_millis(250);
/// An idle pipeline looks at its orders this often.
const WAIT: Duration = Duration::from_millis(100);

/// What the daemon may ask of a running pipeline.
#[derive(Debug)]
pub enum Order {
    /// Live settings changed; those that cannot be live are left as they were.
    Apply(Box<Config>),
    /// Write a changed setting into the history.
    ConfigChanged {
        /// Name of the setting.
        key: String,
        /// Value before.
        old: String,
        /// Value after.
        new: String,
    },
}

/// What a status shows of a running pipeline; refreshed at each tick.
#[derive(Clone, Debug, Default)]
pub struct Glance {
    /// The balance of every class when the kernel's counters were last read.
    pub ledger: Vec<Balance>,
    /// Which hooks run.
    pub hooks: Vec<HookState>,
    /// Run counts and times of the probes, when the kernel keeps them.
    pub programs: Vec<ProbeInfo>,
    /// Processes in the table.
    pub processes: usize,
    /// Files hashed.
    pub hashed: u64,
    /// Files not hashed: too large, gone, changed, or too many at once.
    pub hash_skipped: u64,
}

/// What the pipeline is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where records come from.
    pub source: Box<dyn Source>,
    /// Where events go.
    pub store: Writer,
    /// Counters others read.
    pub health: Arc<Health>,
    /// The recorder's own process.
    pub recorder: ProcessKey,
    /// Hashing, when it is switched on.
    pub hasher: Option<Hasher>,
    /// Settings of the kernel side.
    pub knobs: Knobs,
    /// Exited processes are kept this long.
    pub expire_s: u32,
}

/// Everything between a source and the store, owned by one thread.
#[derive(Debug)]
pub struct Pipeline {
    source: Box<dyn Source>,
    assemble: Assemble,
    processes: Processes,
    hasher: Option<Hasher>,
    store: Writer,
    health: Arc<Health>,
    knobs: Knobs,
    clock: Clock,
    sequences: Sequences,
    unsent: u64,
    books: Books,
    batch: Batch,
    drafts: Drafts,
    ticked_at: Instant,
    glance: Arc<Mutex<Glance>>,
}

impl Pipeline {
    /// Joins the parts; nothing moves before [`Pipeline::run`].
    pub fn new(parts: Parts) -> Pipeline {
        let clock = Clock::now();
        let executable = std::env::current_exe().unwrap_or_default();
        let args: Vec<u8> = std::env::args_os()
            .flat_map(|arg| [arg.into_encoded_bytes(), vec![0]].concat())
            .collect();
        let mut processes = Processes::new(
            parts.recorder,
            executable.as_os_str().as_encoded_bytes(),
            &args,
            parts.expire_s,
        );
        processes.set_wall_offset(clock.offset_ns());
        Pipeline {
            source: parts.source,
            assemble: Assemble::new(Arc::clone(&parts.health)),
            processes,
            hasher: parts.hasher,
            store: parts.store,
            health: parts.health,
            knobs: parts.knobs,
            clock,
            sequences: Sequences::default(),
            unsent: 0,
            books: Books::open(boot_ns()),
            batch: Batch::default(),
            drafts: Drafts::default(),
            ticked_at: Instant::now(),
            glance: Arc::default(),
        }
    }

    /// Records until asked to stop.
    ///
    /// # Errors
    /// When the source ends for good; what was seen until then is in the store.
    pub fn run(&mut self, stop: &AtomicBool, orders: &Receiver<Order>) -> Result<(), SourceError> {
        while !stop.load(Ordering::Relaxed) {
            self.batch.clear();
            self.source.next_batch(&mut self.batch, WAIT)?; //         1 take what the kernel has
            if !self.batch.is_empty() {
                self.take_batch();
                self.count();
            }
            for order in orders.try_iter() {
                self.obey(order);
            }
            if self.ticked_at.elapsed() >= TICK {
                self.tick();
            }
            self.store.publish(); //                                   7 readers may see it
        }
        Ok(())
    }

    /// Records of one batch become events of the store.
    fn take_batch(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        for bytes in batch.iter() {
            let record = match Record::parse(bytes) {
                //                                                     2 believe nothing
                Ok(record) => record,
                Err(_) => {
                    self.malformed(bytes);
                    continue;
                }
            };
            self.sequences.note(record.header.cpu, record.header.sequence);
            self.processes.observe(&record, &mut self.drafts); //      3 who is who now
            self.count_derived();
            if let Some(hasher) = &mut self.hasher {
                hasher.observe(&record);
            }
            self.assemble.take(&record, &mut self.drafts); //          4 records -> what happened
            self.keep(); //                                            5 who did it, 6 remember
        }
        self.batch = batch;
    }

    /// A record that failed its checks is lost: with the class its header names, if that can be
    /// read and a probe counted it, else with the recorder's own.
    fn malformed(&self, bytes: &[u8]) {
        let kind = Header::ref_from_prefix(bytes).ok().and_then(|(h, _)| Wire::from_id(h.kind));
        match kind.filter(|kind| kind.primary()) {
            Some(kind) => self.health.lose(kind.class(), Loss::MALFORMED, 1),
            None => self.lose_uncounted(Loss::MALFORMED, 1),
        }
    }

    /// A loss no probe counted as seen: both sides of the ledger are ours.
    fn lose_uncounted(&self, cause: Loss, n: u64) {
        self.health.add(Class::RECORDER, Count::Derived, n);
        self.health.lose(Class::RECORDER, cause, n);
    }

    /// Events the process table derived were not counted by any probe.
    fn count_derived(&self) {
        for draft in self.drafts.iter() {
            self.health.add(draft.kind.class(), Count::Derived, 1);
        }
    }

    /// Every draft gets its context and goes into the store.
    fn keep(&mut self) {
        for draft in self.drafts.iter() {
            let class = draft.kind.class();
            match keep_one(&draft, &mut self.processes, &mut self.store, &self.clock) {
                Ok(()) => self.health.add(class, Count::Stored, 1),
                Err(Refused::Full) => self.health.lose(class, Loss::STORE_FULL, 1),
                Err(Refused::Malformed) => self.health.lose(class, Loss::MALFORMED, 1),
            }
        }
        self.drafts.clear();
    }

    /// Clock, losses, hashes, expiry.
    fn tick(&mut self) {
        self.ticked_at = Instant::now();
        let now_ns = boot_ns();
        self.assemble.tick(now_ns, &mut self.drafts);
        self.keep();
        if let Some(hasher) = &self.hasher {
            for (identity, hash) in hasher.answers() {
                self.store.put_hash(stored_identity(&identity), hash.0);
            }
        }
        if !self.books.loss_due(now_ns) {
            return;
        }
        if let Some(delta) = self.clock.check() {
            self.tell::<ClockStep>(|_| ClockStep { delta });
        }
        self.processes.set_wall_offset(self.clock.offset_ns());
        self.knobs.wall_offset_ns = self.clock.offset_ns();
        self.turn_knobs();
        self.processes.expire(now_ns);
        self.balance();
        self.look();
        self.books.write(
            &self.health.ledger(),
            now_ns,
            self.clock.offset_ns(),
            false,
            &mut self.drafts,
        );
        self.count_derived();
        self.keep();
    }

    /// A kernel that takes no settings any more is a source that will not come back.
    fn turn_knobs(&mut self) {
        if let Err(why) = self.source.set_knobs(self.knobs) {
            tracing::warn!("cannot change the probes' settings: {why}");
        }
    }

    /// Takes the kernel's totals into the ledger. Read after the records they count, so that
    /// nothing is ever stored before it was seen.
    fn count(&mut self) {
        let totals = match self.source.losses() {
            Ok(totals) => totals,
            Err(why) => {
                tracing::warn!("cannot read the probes' counters: {why}");
                return;
            }
        };
        for (class, (seen, lost)) in (0u32..).zip(totals.seen.iter().zip(&totals.lost)) {
            self.health.set_seen(Class(class), *seen);
            for (cause, lost) in (0u32..).zip(lost) {
                self.health.set_kernel_lost(Class(class), Loss(cause), *lost);
            }
        }
        self.unsent = totals.numbered.saturating_sub(totals.emitted);
    }

    /// The kernel's totals, and the holes between the numbers that they do not explain.
    fn balance(&mut self) {
        self.count();
        let unexplained = self.sequences.unexplained(self.unsent);
        if unexplained > 0 {
            self.lose_uncounted(Loss::SEQUENCE_GAP, unexplained);
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Apply(config) => {
                self.knobs = knobs(&config, self.clock.offset_ns());
                self.turn_knobs();
                self.processes.set_expiry(config.process.expire_s);
                if let Some(hasher) = &mut self.hasher {
                    hasher.apply(hash_limits(&config));
                }
            }
            Order::ConfigChanged { key, old, new } => {
                self.tell::<ConfigChange>(|tail| ConfigChange {
                    key: tail.text(key.as_bytes()),
                    old: tail.text(old.as_bytes()),
                    new: tail.text(new.as_bytes()),
                    ..ConfigChange::ABSENT
                })
            }
        }
    }

    /// A view for the status thread.
    pub fn glance(&self) -> Arc<Mutex<Glance>> {
        Arc::clone(&self.glance)
    }

    fn look(&mut self) {
        let (hashed, hash_skipped) = self.hasher.as_ref().map_or((0, 0), Hasher::counted);
        let fresh = Glance {
            ledger: self.health.ledger(),
            hooks: self.source.hooks().to_vec(),
            programs: self.source.probe_info(),
            processes: self.processes.len(),
            hashed,
            hash_skipped,
        };
        *self.glance.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    /// Says that recording began, and what is not known about the time before.
    pub fn begin(&mut self, recovered: &Recovered, about: &About<'_>) {
        self.look();
        let now_ns = boot_ns();
        let wall = self.clock.wall(now_ns);
        if let Some(last) = recovered.last_time_ns {
            let cause = if recovered.clean { Loss::NOT_RUNNING } else { Loss::UNCLEAN_STOP };
            books::loss(&mut self.drafts, now_ns, (last, wall), None, cause, None);
        }
        self.tell::<RecorderStart>(|tail| RecorderStart {
            version: tail.text(about.version.as_bytes()),
            kernel: tail.text(about.kernel.as_bytes()),
            tier: tail.text(about.tier.as_bytes()),
            boot_id: tail.text(about.boot_id.as_bytes()),
        });
        self.store.publish();
    }

    /// Empties what is on its way, closes the books and the store. The source, which sends
    /// nothing any more, is handed back: taking its hooks away is the caller's to time.
    ///
    /// # Errors
    /// When the store cannot be closed in order; the journal keeps what it has.
    pub fn end(mut self, reason: &str) -> Result<Box<dyn Source>, crate::store::StoreError> {
        self.empty_source();
        self.assemble.flush(&mut self.drafts);
        self.keep();
        if let Some(hasher) = self.hasher.take() {
            for (identity, hash) in hasher.stop() {
                self.store.put_hash(stored_identity(&identity), hash.0);
            }
        }
        self.balance();
        self.tell::<RecorderStop>(|tail| RecorderStop {
            reason: tail.text(reason.as_bytes()),
            ..RecorderStop::ABSENT
        });
        let offset_ns = self.clock.offset_ns();
        self.books.write(&self.health.ledger(), boot_ns(), offset_ns, true, &mut self.drafts);
        self.count_derived();
        self.keep();
        self.store.close()?;
        Ok(self.source)
    }

    /// What the kernel's tables hold, then what is in the ring once nothing is added to it.
    fn empty_source(&mut self) {
        self.batch.clear();
        if let Err(why) = self.source.finish(&mut self.batch) {
            tracing::warn!("cannot empty the probes' tables: {why}");
        }
        self.take_batch();
        self.knobs.classes = 0;
        self.turn_knobs();
        loop {
            self.batch.clear();
            let read = self.source.next_batch(&mut self.batch, Duration::ZERO);
            if read.is_err() || self.batch.is_empty() {
                return;
            }
            self.take_batch();
        }
    }

    /// One event of the recorder's own.
    fn tell<B: Event>(&mut self, fill: impl FnOnce(&mut Tail<'_>) -> B) {
        self.drafts.push::<B>(&Who::Recorder, recorder_moment(boot_ns()), fill);
        self.count_derived();
        self.keep();
    }
}

/// What [`Pipeline::begin`] writes about the recorder.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Version of the recorder.
    pub version: &'a str,
    /// Kernel release.
    pub kernel: &'a str,
    /// Which hooks run.
    pub tier: &'a str,
    /// Boot this history belongs to.
    pub boot_id: &'a str,
}

/// The kernel side's settings.
pub fn knobs(config: &Config, wall_offset_ns: u64) -> Knobs {
    let on = [
        (Class::PROCESS, config.events.process),
        (Class::FILE, config.events.file),
        (Class::NETWORK, config.events.network),
        (Class::DNS, config.events.dns),
        (Class::IMAGE, config.events.image),
        (Class::SECURITY, config.events.security),
    ];
    let classes = on.iter().filter(|(_, on)| *on).fold(0, |bits, (class, _)| bits | 1 << class.0);
    let ring_bytes = u64::from(config.ebpf.ring_mb) << 20;
    Knobs {
        classes,
        watermark_bytes: ring_bytes * u64::from(config.ebpf.watermark_percent) / 100,
        wall_offset_ns,
        own_tgid: std::process::id(),
        reserved: 0,
    }
}

/// The limits of the hashing thread.
pub fn hash_limits(config: &Config) -> Limits {
    Limits {
        exec: config.hash.exec,
        image: config.hash.image,
        file_bytes_max: u64::from(config.hash.max_file_mb) << 20,
        bytes_per_s: u64::from(config.hash.rate_mb_s) << 20,
    }
}

fn stored_identity(identity: &common::value::FileIdentity) -> FileIdentity {
    FileIdentity {
        device: u32::try_from(identity.device).unwrap_or(u32::MAX),
        inode: identity.inode,
        mtime_ns: identity.mtime_ns,
        ctime_ns: identity.ctime_ns,
        size: identity.size,
    }
}

fn keep_one(
    draft: &Draft<'_>,
    processes: &mut Processes,
    store: &mut Writer,
    clock: &Clock,
) -> Result<(), Refused> {
    let known = processes.context_of(draft.who);
    let head = Head {
        time: Time(clock.wall(draft.at.time_ns)),
        boot_time: BootTime(draft.at.time_ns),
        flags: draft.at.flags,
        result: draft.at.result,
        tid: draft.at.tid,
        source: draft.at.source,
        ..Head::ABSENT
    };
    let context = ContextRef { id: known.id, fixed: known.fixed, tail: known.tail };
    store.append(&Row { head, context, kind: draft.kind, body: draft.body, tail: draft.tail })?;
    Ok(())
}
