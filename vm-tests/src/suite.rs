// SPDX-License-Identifier: Apache-2.0
//! `cargo vm`: the end-to-end tests on every kernel, one table at the end.

use crate::guest::{Guest, Line};
use crate::kernel::Kernel;
use crate::programs::{self, Program};
use crate::qemu::End;
use crate::report::{self, Column};
use crate::verdict::{Collector, Outcome};
use crate::words::Words;
use anyhow::{Result, ensure};
use std::time::Duration;

/// Test programs that run in guests unless others are named: one recorder each, since loading all
/// probes takes half a minute where every instruction is emulated.
const SHORT: &[&str] = &["events"];

/// Those of the full run.
const FULL: &[&str] = &["events", "storm"];

/// No test program may take longer, so that a hanging one leaves time for the others.
const PROGRAM_LIMIT: Duration = Duration::from_secs(900);

/// Runs the tests on all wanted kernels; whether none failed.
pub fn run(words: &Words) -> Result<bool> {
    let built = programs::tests()?;
    let usual = if std::env::var_os("TARSIER_FULL").is_some() { FULL } else { SHORT };
    let wanted = |program: &&Program| {
        let named = match words.tests.is_empty() {
            true => usual.contains(&program.name.as_str()),
            false => words.tests.contains(&program.name),
        };
        program.is_test && named
    };
    let tests: Vec<&Program> = built.iter().filter(wanted).collect();
    ensure!(!tests.is_empty(), "the crate e2e has no such test program");
    let mut columns = Vec::new();
    for kernel in &words.kernels {
        columns.push(on_kernel(kernel, words, &built, &tests)?);
    }
    let (passed, skipped, failed) = report::print(&columns);
    report::write(&columns, &programs::root().join("target/vm/results.tsv"))?;
    println!("{passed} passed, {skipped} skipped, {failed} failed");
    Ok(failed == 0)
}

fn on_kernel(
    kernel: &Kernel,
    words: &Words,
    built: &[Program],
    tests: &[&Program],
) -> Result<Column> {
    let mut guest = Guest::new(kernel, words.fresh)?;
    let release = guest.release.clone();
    println!("== kernel {}: {release}", kernel.name);
    guest.add_tarsier()?;
    // Everything lies where it lies on the host, because tests have these paths compiled in.
    for program in built.iter().filter(|program| !program.is_test) {
        guest.disk.put(&program.path, &program.path)?;
    }
    let fixtures = programs::root().join("tests/fixtures");
    if fixtures.is_dir() {
        guest.disk.put_tree(&fixtures)?;
    }
    for test in tests {
        guest.disk.put(&test.path, &test.path)?;
        let mut command = vec![test.path.display().to_string(), "--show-output".to_owned()];
        command.extend(words.filter.clone());
        guest.step(&test.name, PROGRAM_LIMIT, &command);
    }
    let mut collector = Collector::default();
    let (end, last_words) = guest.run(words.limit, &mut |line| match line {
        Line::Begin(program) => {
            println!("-- {program}");
            collector.begin(program);
        }
        Line::Text(text) => {
            println!("   {text}");
            collector.line(text);
        }
        Line::End(end) => collector.end(end),
        Line::Hook(_) => {}
    })?;
    if end != End::Done {
        let how = if end == End::TimedOut { "guest took too long" } else { "guest crashed" };
        println!("{how}; the kernel's last words:\n{last_words}");
        collector.guest_died(how);
    }
    let verdicts = collector.finish();
    let failed = verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Failed(_))).count();
    println!("== kernel {}: {} tests, {failed} failed", kernel.name, verdicts.len());
    Ok(Column { kernel: kernel.clone(), release, verdicts })
}
