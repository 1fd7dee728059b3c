// SPDX-License-Identifier: Apache-2.0
//! The recorder's own log: lines for people on standard error, its level changed live.
//!
//! Never a line for an event or a loss: those are counted and stored.
use crate::config::LogLevel;
use std::io;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

/// The level of a running log.
pub struct Log {
    level: reload::Handle<LevelFilter, Registry>,
}

impl Log {
    /// Begins to log. Under systemd the journal has times of its own.
    pub fn start(level: LogLevel) -> Log {
        let (filter, handle) = reload::Layer::new(filter_of(level));
        let lines = fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(false);
        let registry = tracing_subscriber::registry().with(filter);
        let started = match std::env::var_os("JOURNAL_STREAM") {
            Some(_) => registry.with(lines.without_time()).try_init(),
            None => registry.with(lines).try_init(),
        };
        if let Err(why) = started {
            eprintln!("warning: no log: {why}");
        }
        Log { level: handle }
    }

    /// Changes the level.
    pub fn set(&self, level: LogLevel) {
        if let Err(why) = self.level.reload(filter_of(level)) {
            tracing::warn!("log.level could not be changed: {why}");
        }
    }
}

fn filter_of(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}
