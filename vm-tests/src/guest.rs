// SPDX-License-Identifier: Apache-2.0
//! Puts a guest together and runs a plan in it.

use crate::cpio::Archive;
use crate::disk::Disk;
use crate::kernel::{Kernel, Unpacked};
use crate::qemu::{self, End, Machine};
use crate::{module, programs};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DISK_MB: u32 = 1024;

/// One guest: a kernel, a disk to fill, a plan to write.
pub struct Guest {
    /// The kernel's full version.
    pub release: String,
    /// The disk, to be filled before `run`.
    pub disk: Disk,
    kernel: Unpacked,
    wanted: Vec<String>,
    home: PathBuf,
    plan: String,
}

/// Marks where a step begins and ends for those who read the lines.
pub enum Line<'a> {
    /// Step so-and-so begins.
    Begin(&'a str),
    /// The step ended: `code 0`, `signal 9`, `timeout` or `error …`.
    End(&'a str),
    /// A hook was looked for: `probe kind name verdict`, separated by tabs.
    Hook(&'a str),
    /// Something the program said.
    Text(&'a str),
}

impl Guest {
    /// A guest with this kernel and an empty system.
    pub fn new(kernel: &Kernel, fresh: bool) -> Result<Guest> {
        let unpacked = kernel.get(fresh)?;
        // One directory for each run, so that several may be under way.
        let name = format!("{}-{}", kernel.name, std::process::id());
        let home = programs::root().join("target/vm/guests").join(name);
        std::fs::create_dir_all(&home)?;
        let disk = Disk::new(&home.join("root"))?;
        for module in module::closure(&unpacked.modules, &kernel.spare)? {
            disk.bytes(&format!("work/modules/{}.ko", module.name), &module.bytes)?;
        }
        let release = unpacked.release.clone();
        let wanted = kernel.modules.clone();
        let mut guest =
            Guest { release, disk, kernel: unpacked, wanted, home, plan: String::new() };
        for (name, value) in [
            ("PATH", "/usr/bin:/usr/sbin:/bin:/sbin"),
            ("HOME", "/root"),
            ("TMPDIR", "/work/tmp"),
            ("TERM", "dumb"),
            ("RUST_BACKTRACE", "1"),
            ("TARSIER_VM", &kernel.name),
        ] {
            guest.env(name, value);
        }
        if std::env::var_os("TARSIER_FULL").is_some() {
            guest.env("TARSIER_FULL", "1");
        }
        let missing: Vec<&str> = kernel.missing.iter().map(|miss| miss.event.as_str()).collect();
        guest.env("TARSIER_VM_MISSING", &missing.join(","));
        Ok(guest)
    }

    /// Puts the static recorder at `/usr/bin/tarsier`.
    pub fn add_tarsier(&mut self) -> Result<()> {
        let tarsier = programs::tarsier()?;
        self.disk.put(&tarsier, Path::new("/usr/bin/tarsier"))?;
        self.disk.put(&tarsier, &tarsier)?;
        self.env("TARSIER_BIN", "/usr/bin/tarsier");
        Ok(())
    }

    /// Sets a variable for all steps.
    pub fn env(&mut self, name: &str, value: &str) {
        self.plan += &format!("env\t{name}={value}\n");
    }

    /// Adds a program to the plan.
    pub fn step(&mut self, name: &str, limit: Duration, words: &[String]) {
        self.plan += &format!("step\t{name}\t{}\t{}\n", limit.as_secs(), words.join("\t"));
    }

    /// Adds the check of a list of hooks to the plan.
    pub fn check_hooks(&mut self, list: &str) -> Result<()> {
        self.disk.text("work/hooks", list)?;
        self.plan += "hooks\t/work/hooks\n";
        Ok(())
    }

    /// Boots it and calls `each` for every line; the end, and the kernel's last words if it
    /// ended badly.
    pub fn run(self, limit: Duration, each: &mut dyn FnMut(Line)) -> Result<(End, String)> {
        let machine = Machine {
            kernel: self.kernel.image.clone(),
            initramfs: self.home.join("initramfs"),
            disk: self.home.join("disk"),
            log: self.home.join("kernel.log"),
            limit,
        };
        self.disk.build(&machine.disk, DISK_MB)?;
        std::fs::write(&machine.initramfs, self.initramfs()?)?;
        let end = qemu::boot(&machine, &mut |line| {
            if let Some(line) = sort(line) {
                each(line);
            }
        })?;
        let words = if end == End::Done { String::new() } else { qemu::last_words(&machine.log) };
        std::fs::remove_dir_all(&self.home).with_context(|| format!("{:?}", self.home))?;
        Ok((end, words))
    }

    fn initramfs(&self) -> Result<Vec<u8>> {
        let mut archive = Archive::default();
        for dir in ["dev", "proc", "sys", "root", "modules"] {
            archive.directory(dir);
        }
        archive.device("dev/console", 5, 1);
        archive.file("init", &std::fs::read(programs::init()?)?);
        archive.file("plan", self.plan.as_bytes());
        let modules = module::closure(&self.kernel.modules, &self.wanted)?;
        for (number, module) in modules.iter().enumerate() {
            archive.file(&format!("modules/{number:02}-{}.ko", module.name), &module.bytes);
        }
        Ok(archive.finish())
    }
}

/// What a line of the guest is; `None` for those nobody needs.
fn sort(line: &str) -> Option<Line<'_>> {
    let Some(ours) = line.strip_prefix("@vm ") else { return Some(Line::Text(line)) };
    let (word, rest) = ours.split_once([' ', '\t']).unwrap_or((ours, ""));
    let after_number = || rest.split_once(' ').map_or("", |(_, rest)| rest);
    match word {
        "begin" => Some(Line::Begin(after_number())),
        "end" => Some(Line::End(after_number())),
        "hook" => Some(Line::Hook(rest)),
        _ => None,
    }
}
