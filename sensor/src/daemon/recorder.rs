// SPDX-License-Identifier: Apache-2.0
//! A recorder from start to end: store, source, pipeline, control, and an ordered stop.
use super::coverage::tier_of_host;
use super::log::Log;
use super::machine::{Idle, Recording};
use super::running::{Running, kernel_release};
use super::{Caught, Socket, StartError, notify, privilege, share, sources, usage};
use crate::config::{Config, Layers, Resolution, Settings};
use crate::enrich::hash::Hasher;
use crate::health::Health;
use crate::pipeline::{About, Clock, Parts, Pipeline, hash_limits, knobs};
use crate::store::{Options, Recovered, State, StoreError, Watch, Writer};
use common::value::ProcessKey;
use std::fs;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How often the store's state and size are looked at.
const STORE_INTERVAL: Duration = Duration::from_secs(2);

/// Records until asked to stop; `layers` is where a reload reads again.
///
/// # Errors
/// Why it did not start, or why the source or the store ended it.
pub fn record(settings: Settings, layers: Layers) -> Result<(), StartError> {
    let log = Log::start(settings.config.log.level);
    let caught = Caught::new().map_err(StartError::Thread)?;
    if !settings.config.recorder.enabled {
        return idle(settings, layers, log, caught);
    }
    let vital: Vec<_> = privilege::missing().into_iter().filter(|need| need.vital).collect();
    if !vital.is_empty() {
        return Err(StartError::Privileges(vital));
    }
    let (store, recovered) = open_store(&settings)?;
    let first_knobs = knobs(&settings.config, Clock::now().offset_ns());
    let source = sources::open(&settings.config, first_knobs)?;
    let hooks: Vec<_> = source.hooks().iter().map(sources::hook).collect();
    let socket = Socket::bind(&settings.config.control.socket)?;
    let watch = store.watch();
    let mut pipeline = Pipeline::new(Parts {
        source,
        store,
        health: Arc::new(Health::default()),
        recorder: own_key(),
        hasher: Some(Hasher::start(hash_limits(&settings.config)).map_err(StartError::Thread)?),
        knobs: first_knobs,
        expire_s: settings.config.process.expire_s,
    });
    let (orders, inbox) = channel();
    let machine = Recording {
        path: settings.config.store.path.clone(),
        store: watch.clone(),
        glance: pipeline.glance(),
        orders: Mutex::new(orders),
        ring_bytes: u64::from(settings.config.ebpf.ring_mb) << 20,
    };
    begin(&mut pipeline, &recovered, &tier_of_host(&hooks));
    let running = Arc::new(Running::new(settings, layers, log, Box::new(machine)));
    attend(&running, &socket, caught)?;
    watch_store(Arc::clone(&running), watch)?;
    ready(&running);
    let ran = pipeline.run(&running.stop_flag(), &inbox);
    let reason = ran.as_ref().map_or_else(ToString::to_string, |()| running.reason());
    tracing::info!("stopping: {reason}");
    notify::tell("STOPPING=1");
    let source = pipeline.end(&reason).map_err(|why| StartError::Ended(why.to_string()))?;
    ran.map_err(|why| StartError::Ended(why.to_string()))?;
    if running.is_exiting() {
        sources::leave_to_exit(source);
    } else {
        drop(source);
        running.wait_for_exit();
    }
    Ok(())
}

/// Opens the store and takes its lock.
fn open_store(settings: &Settings) -> Result<(Writer, Recovered), StartError> {
    let path = &settings.config.store.path;
    let opened = Writer::open(path, options(&settings.config)).map_err(|why| match why {
        StoreError::Busy { path, pid } => StartError::StoreBusy { path, pid },
        why => StartError::Store { setting: settings.describe("store.path"), why },
    })?;
    if let Err(why) = share::with_group(&settings.config) {
        let group = settings.describe("store.group");
        tracing::warn!("only root may read the store: {why}; {group}");
    }
    Ok(opened)
}

/// The store's part of the settings.
fn options(config: &Config) -> Options {
    Options {
        max_size_mb: config.store.max_size_mb,
        journal_mb: config.store.journal_mb,
        max_age_days: config.store.max_age_days,
        prune_extra_percent: config.store.prune_extra_percent,
        commit_interval_ms: config.store.commit_interval_ms,
        time_unit_ns: match config.store.time_resolution {
            Resolution::Us => 1000,
            Resolution::Ns => 1,
        },
        memory_mb: config.store.memory_mb,
    }
}

/// The first events of a run: what is not known about the time before, and that it began.
fn begin(pipeline: &mut Pipeline, recovered: &Recovered, tier: &str) {
    let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let about = About {
        version: env!("CARGO_PKG_VERSION"),
        kernel: &kernel_release(),
        tier,
        boot_id: boot_id.trim(),
    };
    pipeline.begin(recovered, &about);
}

/// Control socket and signals, each on a thread of its own.
fn attend(running: &Arc<Running>, socket: &Socket, caught: Caught) -> Result<(), StartError> {
    socket.serve(Arc::clone(running)).map_err(StartError::Thread)?;
    caught.serve(Arc::clone(running)).map_err(StartError::Thread)
}

/// Says that it records: to the service manager, and in the log with what is degraded.
fn ready(running: &Running) {
    let status = running.status();
    let weak = status.events.iter().filter(|event| event.state != "full").count();
    let kinds = status.events.len();
    tracing::info!("recording {} of {kinds} kinds of event in full", kinds - weak);
    if weak > 0 {
        tracing::info!("`tarsier doctor` says what the other {weak} miss");
    }
    notify::tell("READY=1");
}

/// Looks after the store: one line when it is in trouble and one when it is well again, and an
/// end of recording, but not of the process, should it ever pass its hard limit.
fn watch_store(running: Arc<Running>, store: Watch) -> Result<(), StartError> {
    let watch = move || {
        let mut well = true;
        loop {
            thread::sleep(STORE_INTERVAL);
            let stats = store.stats();
            well = tell_trouble(well, &stats.state);
            let limit = running.config().hard_limit_mb();
            if limit.is_some_and(|limit| stats.disk_bytes >> 20 > limit) {
                tracing::error!("the store is over store.hard_limit_mb; recording stops");
                return running.halt("stopped: store over hard limit");
            }
        }
    };
    let thread = thread::Builder::new().name("store watch".into()).spawn(watch);
    thread.map(drop).map_err(StartError::Thread)
}

/// Logs a change of the store's state; gives whether it is well.
fn tell_trouble(was_well: bool, state: &State) -> bool {
    match (was_well, state) {
        (true, State::Trouble(why)) => tracing::error!(
            "the store cannot be written: {why}; events wait in memory up to store.memory_mb, \
             then they are lost and counted"
        ),
        (false, State::Ok) => tracing::info!("the store is written again"),
        _ => {}
    }
    matches!(state, State::Ok)
}

/// `recorder.enabled = false`: up and answering, recording nothing.
fn idle(settings: Settings, layers: Layers, log: Log, caught: Caught) -> Result<(), StartError> {
    let socket = Socket::bind(&settings.config.control.socket)?;
    let machine = Box::new(Idle { path: settings.config.store.path.clone() });
    let running = Arc::new(Running::new(settings, layers, log, machine));
    running.set_state("disabled: recorder.enabled is false");
    attend(&running, &socket, caught)?;
    tracing::info!("recorder.enabled is false: nothing is recorded");
    notify::tell("READY=1");
    running.wait_for_exit();
    Ok(())
}

/// This process as the kernel's records would name it, to the clock tick.
fn own_key() -> ProcessKey {
    ProcessKey { start_ns: usage::own_start_ns(), pid: u64::from(std::process::id()) }
}
