// SPDX-License-Identifier: Apache-2.0
//! The root disk of a guest: files are gathered in a directory and become one ext4 image.
//!
//! A real disk rather than an initramfs, because tmpfs keeps times and mappings differently from
//! what hosts use. No root is needed: mkfs.ext4 copies the directory in by itself.

use crate::apt::Apt;
use crate::kernel;
use anyhow::{Context as _, Result};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk being filled.
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// An empty system in a fresh directory.
    pub fn new(root: &Path) -> Result<Disk> {
        if root.exists() {
            std::fs::remove_dir_all(root)?;
        }
        let disk = Disk { root: root.to_path_buf() };
        for dir in ["dev", "proc", "sys", "run", "root", "bin", "etc", "var/lib", "var/log"] {
            std::fs::create_dir_all(root.join(dir))?;
        }
        for dir in ["tmp", "usr/bin", "usr/sbin", "work/tmp", "work/modules"] {
            std::fs::create_dir_all(root.join(dir))?;
        }
        disk.text("etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")?;
        disk.text("etc/group", "root:x:0:\nnogroup:x:65534:\n")?;
        disk.text("etc/hosts", "127.0.0.1 localhost tarsier-vm\n::1 localhost\n")?;
        disk.text("etc/hostname", "tarsier-vm\n")?;
        disk.text("etc/shadow", "root:*:20000:0:99999:7:::\n")?;
        disk.text("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")?;
        disk.text("etc/machine-id", "00000000000000000000000000000001\n")?;
        disk.busybox()?;
        Ok(disk)
    }

    /// Writes a small file.
    pub fn text(&self, guest: &str, text: &str) -> Result<()> {
        std::fs::write(self.root.join(guest), text).with_context(|| guest.to_owned())
    }

    /// Writes bytes, for what is made in memory.
    pub fn bytes(&self, guest: &str, bytes: &[u8]) -> Result<()> {
        std::fs::write(self.root.join(guest), bytes).with_context(|| guest.to_owned())
    }

    /// Puts a file of the host at a path of the guest.
    pub fn put(&self, host: &Path, guest: &Path) -> Result<()> {
        let place = self.root.join(guest.strip_prefix("/").unwrap_or(guest));
        if place.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(place.parent().expect("a file has a directory"))?;
        std::fs::copy(host, &place).with_context(|| format!("{host:?} → {place:?}"))?;
        Ok(())
    }

    /// Puts a program where it is on the host, and the shared libraries it needs, if any.
    pub fn put_program(&self, program: &Path, guest: &Path) -> Result<()> {
        self.put(program, guest)?;
        let output = Command::new("ldd").arg(program).output();
        let Ok(output) = output else { return Ok(()) };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for library in text.split_whitespace().filter(|word| word.starts_with('/')) {
            self.put(Path::new(library), Path::new(library))?;
        }
        Ok(())
    }

    /// Puts a directory of the host at the same path of the guest.
    pub fn put_tree(&self, host: &Path) -> Result<()> {
        for entry in std::fs::read_dir(host).with_context(|| format!("{host:?}"))? {
            let path = entry?.path();
            if path.is_dir() {
                self.put_tree(&path)?;
            } else {
                self.put(&path, &path)?;
            }
        }
        Ok(())
    }

    /// A shell and the usual small programs: one static binary under many names.
    fn busybox(&self) -> Result<()> {
        let home = kernel::cache()?.join("busybox");
        let binary = [home.join("tree/bin/busybox"), home.join("tree/usr/bin/busybox")];
        if !binary.iter().any(|path| path.is_file()) {
            std::fs::create_dir_all(&home)?;
            let apt = Apt::new(&home, "bookworm")?;
            apt.unpack(&["busybox-static".to_owned()], &home.join("tree"))?;
        }
        let found = binary.iter().find(|path| path.is_file()).context("no busybox unpacked")?;
        self.put(found, Path::new("/bin/busybox"))?;
        let list = Command::new(found).arg("--list").output().context("busybox --list")?;
        let names = String::from_utf8_lossy(&list.stdout).into_owned();
        // `true` is the host's: guests need one program with a dynamic loader.
        for name in names.lines().filter(|name| !["busybox", "true"].contains(name)) {
            symlink("/bin/busybox", self.root.join("bin").join(name))?;
        }
        self.put_program(Path::new("/bin/true"), Path::new("/bin/true"))
    }

    /// Writes the image.
    pub fn build(&self, image: &Path, size_mb: u32) -> Result<()> {
        if image.exists() {
            std::fs::remove_file(image)?;
        }
        let program = ["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"]
            .into_iter()
            .find(|path| Path::new(path).is_file())
            .context("mkfs.ext4 is missing: install e2fsprogs")?;
        let output = Command::new(program)
            .args(["-q", "-E", "root_owner=0:0,lazy_itable_init=1", "-d"])
            .arg(&self.root)
            .arg(image)
            .arg(format!("{size_mb}M"))
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "mkfs.ext4: {}", said.trim());
        Ok(())
    }
}
