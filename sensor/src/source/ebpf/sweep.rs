// SPDX-License-Identifier: Apache-2.0
//! Runs the sweep of open files: a program that is attached nowhere and looks at every followed
//! open. What it finds comes over the ring like everything else.
//!
//! It costs one look when nothing was changed lately, so it is simply run five times a second.
use aya::Ebpf;
use aya::programs::{Program, RawTracePointRunOptions, TestRun as _};
use common::limits::SWEEP_EVERY_NS;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_nanos(SWEEP_EVERY_NS);

/// When the next sweep is due.
#[derive(Debug)]
pub struct Sweep {
    next: Instant,
}

impl Sweep {
    /// The first one is due at once.
    pub fn new() -> Sweep {
        Sweep { next: Instant::now() }
    }

    /// Makes the next one due at once: what is left is told when a class is switched off.
    pub fn hurry(&mut self) {
        self.next = Instant::now();
    }

    /// Runs the program if its time has come. A kernel that cannot run it has refused to load it
    /// before, which its hook's state says.
    pub fn run_if_due(&mut self, object: &mut Ebpf) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        if let Some(Program::RawTracePoint(program)) = object.program_mut("write_sweep") {
            let _not_loaded = program.test_run(RawTracePointRunOptions::default()).err();
        }
    }
}
