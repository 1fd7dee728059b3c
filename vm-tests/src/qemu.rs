// SPDX-License-Identifier: Apache-2.0
//! Boots one guest and hands over, line by line, what it says on its second serial port.
//!
//! Emulation only (TCG), since machines that build this rarely may use KVM;
//! `TARSIER_VM_ACCEL=kvm` says otherwise. A guest that does not finish in time is stopped.

use anyhow::{Context as _, Result};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const PROGRAM: &str = "qemu-system-x86_64";
const MEMORY_MB: u32 = 1024;

/// Everything the emulator can do but `cmpxchg16b`: version 7.2 now and then returns from it with
/// nonsense in the flags register, and the guest's kernel dies in its allocator.
const CPU: &str = "max,-cx16";

/// What to boot.
pub struct Machine {
    /// The kernel image.
    pub kernel: PathBuf,
    /// The initramfs.
    pub initramfs: PathBuf,
    /// The root disk.
    pub disk: PathBuf,
    /// Where the kernel's own messages go.
    pub log: PathBuf,
    /// How long the guest may live.
    pub limit: Duration,
}

/// How a guest ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It did all steps and powered off.
    Done,
    /// It stopped before it had done all.
    Crashed,
    /// It was stopped by us.
    TimedOut,
}

/// What to do when the emulator is missing.
pub fn check_installed() -> Result<()> {
    let there = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).status();
    there.map(drop).with_context(|| {
        format!("{PROGRAM} is missing: run `cargo xtask packages`, or install qemu-system-x86")
    })
}

/// Boots the machine and calls `each` for every line the guest says.
pub fn boot(machine: &Machine, each: &mut dyn FnMut(&str)) -> Result<End> {
    let mut child = start(machine)?;
    let stdout = child.stdout.take().expect("stdout is piped");
    let lines = lines_of(stdout);
    let deadline = Instant::now() + machine.limit;
    let mut done = false;
    let end = loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                done |= line == "@vm done";
                each(&line);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) if done => break End::Done,
            Err(mpsc::RecvTimeoutError::Disconnected) => break End::Crashed,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().context("cannot stop the guest")?;
                break End::TimedOut;
            }
        }
    };
    child.wait()?;
    Ok(end)
}

fn start(machine: &Machine) -> Result<Child> {
    let accel = std::env::var("TARSIER_VM_ACCEL").unwrap_or_else(|_| "tcg".to_owned());
    let drive = format!("file={},if=none,id=disk,format=raw,cache=unsafe", machine.disk.display());
    let log = format!("file:{}", machine.log.display());
    Command::new(PROGRAM)
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"])
        .args(["-accel", &accel, "-cpu", CPU, "-smp", "2", "-m", &format!("{MEMORY_MB}M")])
        .args(["-serial", &log, "-chardev", "stdio,id=port,signal=off", "-serial", "chardev:port"])
        .args(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"])
        .arg("-kernel")
        .arg(&machine.kernel)
        .arg("-initrd")
        .arg(&machine.initramfs)
        .args(["-append", "console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {PROGRAM}"))
}

fn lines_of(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// What the kernel said of its own end, for a guest that did not finish: from the first sign of
/// trouble on, else the last lines.
pub fn last_words(log: &Path) -> String {
    const TROUBLE: &[&str] = &["BUG:", "Oops", "general protection", "Kernel panic", "WARNING:"];
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| TROUBLE.iter().any(|sign| line.contains(sign)));
    let from = first.unwrap_or(lines.len().saturating_sub(30));
    lines[from..(from + 60).min(lines.len())].join("\n")
}
