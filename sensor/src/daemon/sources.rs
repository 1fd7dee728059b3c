// SPDX-License-Identifier: Apache-2.0
//! From the setting `recorder.sources` to a source that runs.
use super::StartError;
use super::protocol::{Hook, Probe};
use crate::config::Config;
use crate::source::{Backend, HookState, Options, ProbeInfo, SOURCES, Source};
use common::knobs::Knobs;

/// The source the settings ask for. `auto` is the first that this build has.
pub fn chosen(config: &Config) -> &'static Backend {
    let named = |backend: &&Backend| config.recorder.sources.iter().any(|n| n == backend.name);
    SOURCES.iter().find(named).unwrap_or(&SOURCES[0])
}

/// Starts it: what it sees from here on waits for the pipeline.
///
/// # Errors
/// Why it cannot start at all; a single refused hook is no error.
pub fn open(config: &Config, knobs: Knobs) -> Result<Box<dyn Source>, StartError> {
    let backend = chosen(config);
    let options = Options { ring_bytes: config.ebpf.ring_mb << 20, knobs };
    (backend.open)(&options).map_err(|why| StartError::Source { name: backend.name, why })
}

/// Leaves a source's hooks to the end of this process.
///
/// The kernel takes each tracepoint of a system call away behind a grace period, one after the
/// other: some five seconds in all. Nothing need wait for them: the store is closed by then, the
/// hooks emit nothing, and whoever asked for the stop can be told that it is done.
pub fn leave_to_exit(source: Box<dyn Source>) {
    std::mem::forget(source);
}

/// Tries every hook without recording anything; they are gone when this process exits.
///
/// # Errors
/// Why the source cannot start at all.
pub fn try_hooks(config: &Config) -> Result<Vec<Hook>, StartError> {
    let knobs = Knobs { classes: 0, ..Options::default().knobs };
    let source = open(config, knobs)?;
    let hooks = source.hooks().iter().map(hook).collect();
    leave_to_exit(source);
    Ok(hooks)
}

/// A source's word for a hook, as it crosses the control socket.
pub fn hook(state: &HookState) -> Hook {
    Hook {
        program: state.program.to_owned(),
        records: state.wires.iter().map(|wire| wire.name().to_owned()).collect(),
        tier: state.tier.name().to_owned(),
        hook: state.hook.clone(),
        attached: state.attached,
        why: state.reason.clone().unwrap_or_default(),
        blind: state.blind.iter().map(|blind| (*blind).to_owned()).collect(),
    }
}

/// The cost of a program, as it crosses the control socket.
pub fn probe(info: &ProbeInfo) -> Probe {
    let time_ns = u64::try_from(info.time.as_nanos()).unwrap_or(u64::MAX);
    Probe { program: info.program.clone(), runs: info.runs, time_ns }
}
