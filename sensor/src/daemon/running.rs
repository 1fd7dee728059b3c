// SPDX-License-Identifier: Apache-2.0
//! A running recorder as its control and signal threads see it.
use super::coverage::coverage;
use super::log::Log;
use super::protocol::{Account, Changed, Probing, Status, StoreUse};
use super::usage;
use crate::config::{Apply, Config, Layers, Problems, Settings};
use crate::health::Balance;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a recorder that does not record looks whether it may go.
const EXIT_INTERVAL: Duration = Duration::from_millis(50);

/// What records: the pipeline and its store, or nothing while `recorder.enabled` is off.
///
/// A seam, so that control is testable without a kernel.
pub trait Machine: Send + Sync {
    /// Hooks, their cost, ring and tables.
    fn probing(&self) -> Probing;
    /// The balance of every class, all of one moment.
    fn ledger(&self) -> Vec<Balance>;
    /// History on disk.
    fn store(&self) -> StoreUse;
    /// Takes live settings and writes every change into the history.
    fn apply(&self, config: &Config, changes: &[Changed]);
}

/// Everything the threads beside the data path share.
pub struct Running {
    began: Instant,
    layers: Layers,
    settings: Mutex<Settings>,
    log: Log,
    machine: Box<dyn Machine>,
    stop: Arc<AtomicBool>,
    exit: AtomicBool,
    reason: Mutex<Option<String>>,
    state: Mutex<String>,
    told: Mutex<Vec<Changed>>,
}

impl Running {
    /// A recorder in the state `recording`; `layers` is where a reload reads again.
    pub fn new(settings: Settings, layers: Layers, log: Log, machine: Box<dyn Machine>) -> Running {
        Running {
            began: Instant::now(),
            layers,
            settings: Mutex::new(settings),
            log,
            machine,
            stop: Arc::new(AtomicBool::new(false)),
            exit: AtomicBool::new(false),
            reason: Mutex::new(None),
            state: Mutex::new("recording".to_owned()),
            told: Mutex::default(),
        }
    }

    /// The settings in force.
    pub fn config(&self) -> Config {
        held(&self.settings).config.clone()
    }

    /// True once somebody asked to exit.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Asks to exit; the first reason is the one that is stored.
    pub fn stop(&self, reason: &str) {
        self.exit.store(true, Ordering::Relaxed);
        self.end(reason);
    }

    /// Ends recording but stays up, to say why to those who ask.
    pub fn halt(&self, reason: &str) {
        self.set_state(reason);
        self.end(reason);
    }

    fn end(&self, reason: &str) {
        held(&self.reason).get_or_insert_with(|| reason.to_owned());
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to exit, not only to end recording.
    pub fn is_exiting(&self) -> bool {
        self.exit.load(Ordering::Relaxed)
    }

    /// Returns once somebody asked to exit.
    pub fn wait_for_exit(&self) {
        while !self.is_exiting() {
            thread::sleep(EXIT_INTERVAL);
        }
    }

    /// Why it ends.
    pub fn reason(&self) -> String {
        held(&self.reason).clone().unwrap_or_else(|| "the source ended".to_owned())
    }

    /// Changes the line that status begins with.
    pub fn set_state(&self, state: &str) {
        state.clone_into(&mut held(&self.state));
    }

    /// Reads the settings again. What can be live is in force when this returns.
    ///
    /// # Errors
    /// Everything that is wrong with them; the running settings then stay as they were.
    pub fn reload(&self) -> Result<Vec<Changed>, Problems> {
        let next = Settings::load(&self.layers)?;
        let mut settings = held(&self.settings);
        let changes: Vec<Changed> = settings
            .changes(&next.config)
            .into_iter()
            .map(|change| Changed {
                key: change.key.name.to_owned(),
                old: change.old,
                new: change.new,
                live: change.key.apply == Apply::Live,
            })
            .collect();
        let live = settings.live_part(&next);
        if live.config.log.level != settings.config.log.level {
            self.log.set(live.config.log.level);
        }
        self.machine.apply(&live.config, &self.news(&changes));
        *settings = live;
        Ok(changes)
    }

    /// The changes that do not stand in the history yet: one that waits for a restart is found
    /// again by every reload.
    fn news(&self, changes: &[Changed]) -> Vec<Changed> {
        let mut told = held(&self.told);
        let news = changes.iter().filter(|change| !told.contains(change)).cloned().collect();
        *told = changes.iter().filter(|change| !change.live).cloned().collect();
        news
    }

    /// How it is.
    pub fn status(&self) -> Status {
        let probing = self.machine.probing();
        Status {
            state: held(&self.state).clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_s: self.began.elapsed().as_secs(),
            kernel: kernel_release(),
            events: coverage(&probing.hooks),
            probing,
            ledger: self.machine.ledger().iter().map(account).collect(),
            store: self.machine.store(),
            own: usage::of_self(),
        }
    }
}

/// A panic elsewhere must not take status and stop away.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn account(balance: &Balance) -> Account {
    Account {
        class: balance.name.to_owned(),
        seen: balance.seen,
        stored: balance.stored,
        filtered: balance.filtered,
        shed: balance.shed,
        lost: balance.lost,
        pending: i64::try_from(balance.pending()).unwrap_or(i64::MAX),
        causes: balance.causes.iter().map(|(_, name, n)| ((*name).to_owned(), *n)).collect(),
    }
}

/// `uname -r`.
pub fn kernel_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}
