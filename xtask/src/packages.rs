// SPDX-License-Identifier: Apache-2.0
//! The system programs the other verbs need, and the Debian packages that bring them.
//!
//! As root on a system with apt the missing ones are installed; otherwise they are named, with
//! what will not work without them. Nothing is installed that is already there.

use crate::shell;
use anyhow::Result;
use std::process::Command;

/// A program we call, the package it comes from, and what is lost without it.
struct Need {
    program: &'static str,
    package: &'static str,
    without: &'static str,
}

const NEEDS: &[Need] = &[
    Need { program: "cc", package: "gcc libc6-dev", without: "nothing can be linked" },
    Need { program: "xz", package: "xz-utils", without: "VM kernels cannot be unpacked" },
    Need { program: "dpkg-deb", package: "dpkg", without: "VM kernels cannot be unpacked" },
    Need { program: "mkfs.ext4", package: "e2fsprogs", without: "VM disks cannot be made" },
    Need {
        program: "qemu-system-x86_64",
        package: "qemu-system-x86",
        without: "no VM kernel can be booted",
    },
];

/// `cargo xtask packages`: installs what is missing, or says what is.
pub fn install() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !shell::has(need.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.package.split(' ')).collect();
    if shell::is_root() && shell::has("apt-get") {
        println!("installing {}", packages.join(" "));
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        };
        // An old package list is the usual reason for a 404, so it is refreshed first.
        shell::run(apt().args(["-qq", "update"]))?;
        return shell::run(
            apt().args(["-qq", "install", "-y", "--no-install-recommends"]).args(&packages),
        );
    }
    for need in &missing {
        println!("missing {}: {}", need.program, need.without);
    }
    println!("install them with: sudo apt-get install {}", packages.join(" "));
    Ok(())
}

/// A program only one verb uses: installed when it is missing, or said to be.
pub fn need(program: &str, package: &str) -> Result<()> {
    if shell::has(program) {
        return Ok(());
    }
    if !shell::is_root() || !shell::has("apt-get") {
        anyhow::bail!("{program} is missing: install {package}");
    }
    println!("installing {package}");
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    shell::run(apt.args(["-qq", "install", "-y", "--no-install-recommends", package]))
}
