// SPDX-License-Identifier: Apache-2.0
//! Fetches packages of any Debian suite without touching the host's own apt configuration.
//!
//! The mirror is the host's own, read from its sources. Lists and archives live below the cache;
//! nothing is installed and no root is needed.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An apt configuration of our own, for one suite.
pub struct Apt {
    options: Vec<String>,
    home: PathBuf,
}

impl Apt {
    /// Writes the configuration below `home` and fetches the list of packages.
    pub fn new(home: &Path, suite: &str) -> Result<Apt> {
        let home = home.join("apt");
        for dir in ["lists/partial", "cache/archives/partial", "preferences"] {
            std::fs::create_dir_all(home.join(dir))?;
        }
        let sources = home.join("sources.list");
        std::fs::write(&sources, source_line(suite)?)?;
        let place = |name: &str| home.join(name).display().to_string();
        let options = [
            format!("Dir::Etc::SourceList={}", sources.display()),
            "Dir::Etc::SourceParts=/dev/null".to_owned(),
            "Dir::Etc::PreferencesParts=/dev/null".to_owned(),
            format!("Dir::State::Lists={}", place("lists")),
            format!("Dir::Cache={}", place("cache")),
            // The cache may lie in root's home, where apt's own user cannot write.
            "APT::Sandbox::User=root".to_owned(),
            "Acquire::Languages=none".to_owned(),
        ];
        let options = options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect();
        let apt = Apt { options, home };
        apt.read("apt-get", &["-qq", "update"])?;
        Ok(apt)
    }

    /// The names of the packages this one depends on.
    pub fn depends(&self, package: &str) -> Result<Vec<String>> {
        let text = self.read("apt-cache", &["depends", package])?;
        let names = text.lines().filter_map(|line| {
            let (kind, name) = line.trim().split_once(": ")?;
            (kind.trim_start_matches('|') == "Depends").then(|| name.to_owned())
        });
        Ok(names.collect())
    }

    /// Downloads packages and unpacks them into one directory.
    pub fn unpack(&self, packages: &[String], into: &Path) -> Result<()> {
        let debs = self.home.join("debs");
        if debs.exists() {
            std::fs::remove_dir_all(&debs)?;
        }
        std::fs::create_dir_all(&debs)?;
        let mut words = vec!["-qq", "download"];
        words.extend(packages.iter().map(String::as_str));
        self.read("apt-get", &words)?;
        for entry in std::fs::read_dir(&debs)? {
            let deb = entry?.path();
            let status = Command::new("dpkg-deb").arg("-x").arg(&deb).arg(into).status()?;
            anyhow::ensure!(status.success(), "dpkg-deb -x {deb:?}: {status}");
        }
        Ok(std::fs::remove_dir_all(&debs)?)
    }

    fn read(&self, program: &str, words: &[&str]) -> Result<String> {
        let debs = self.home.join("debs");
        let output = Command::new(program)
            .args(&self.options)
            .args(words)
            .current_dir(if debs.is_dir() { &debs } else { &self.home })
            .stderr(Stdio::piped())
            .output()
            .with_context(|| format!("{program} is needed to fetch kernels"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{program} {}: {}", words.join(" "), said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The line for a suite, signed by the archive's key where the host has it.
fn source_line(suite: &str) -> Result<String> {
    let mirror = mirror()?;
    let keyring = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg");
    anyhow::ensure!(
        keyring.is_file(),
        "{} is missing: install debian-archive-keyring, so that kernels can be verified",
        keyring.display()
    );
    Ok(format!("deb [arch=amd64 signed-by={}] {mirror} {suite} main\n", keyring.display()))
}

/// The Debian mirror this host uses itself.
fn mirror() -> Result<String> {
    if let Ok(given) = std::env::var("TARSIER_DEBIAN_MIRROR") {
        return Ok(given);
    }
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = std::fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let words =
            text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        for word in words {
            if word.contains("://") && word.trim_end_matches('/').ends_with("/debian") {
                return Ok(word.trim_end_matches('/').to_owned());
            }
        }
    }
    bail!("this host has no Debian mirror in its apt sources; set TARSIER_DEBIAN_MIRROR to one")
}
