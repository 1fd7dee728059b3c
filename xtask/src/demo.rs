// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask demo [SECONDS]`: records this host for some seconds and asks what happened.
//!
//! The store and the control socket lie in a scratch directory that is removed afterwards, so it
//! neither needs nor disturbs an installed recorder. What it shows is what the host did, this
//! program's own few deeds among it.

use crate::shell;
use anyhow::{Context as _, Result, bail};
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the recorder may take to start before this gives up.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Runs the demonstration.
pub fn run(words: &[&str]) -> Result<()> {
    let seconds = match words {
        [] => 5,
        [number, ..] => number.parse().with_context(|| format!("{number}: not seconds"))?,
    };
    let tarsier = recorder()?;
    let scratch = std::env::temp_dir().join(format!("tarsier-demo-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let demo = Demo { tarsier, scratch };
    let outcome = if shell::is_root() { demo.record(seconds) } else { demo.without_root() };
    std::fs::remove_dir_all(&demo.scratch)?;
    outcome
}

/// The recorder to show: `TARSIER_BIN`, else this source, built.
fn recorder() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("TARSIER_BIN") {
        return Ok(PathBuf::from(given));
    }
    shell::run(shell::cargo().args(["build", "--release", "-p", "tarsier"]))?;
    Ok(shell::target_dir()?.join("release/tarsier"))
}

struct Demo {
    tarsier: PathBuf,
    scratch: PathBuf,
}

impl Demo {
    /// The recorder's command, with its store and socket in the scratch directory.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.tarsier);
        command
            .args(words)
            .arg("-w")
            .arg(format!("store.path={}", self.scratch.join("store").display()))
            .arg("-w")
            .arg(format!("control.socket={}", self.scratch.join("control.sock").display()));
        command
    }

    /// Shows a command as a person would type it, then what it prints.
    fn show(&self, words: &[&str]) {
        let typed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        println!("\n$ tarsier {}", typed.join(" "));
        match self.command(words).status() {
            Ok(status) if status.code().is_some_and(|code| code <= 1) => {}
            Ok(status) => println!("[{status}]"),
            Err(why) => println!("[cannot start: {why}]"),
        }
    }

    fn without_root(&self) -> Result<()> {
        println!(
            "Recording needs root (or CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE): not recording."
        );
        println!("What works without: doctor, fields, config, and reading a store you may read.");
        self.show(&["doctor"]);
        self.show(&["fields", "connect"]);
        self.show(&["config", "get", "store.max_size_mb"]);
        println!("\nRun `sudo -E cargo xtask demo` to see it record.");
        Ok(())
    }

    fn record(&self, seconds: u64) -> Result<()> {
        println!("$ tarsier record &        (store in {})", self.scratch.display());
        let mut recorder = self.command(&["record"]).stdin(Stdio::null()).spawn()?;
        let shown = self.wait_until_up(&mut recorder).and_then(|()| {
            let file = deeds(&self.scratch)?;
            println!("recording this host for {seconds} s …");
            std::thread::sleep(Duration::from_secs(seconds));
            self.ask(&file);
            Ok(())
        });
        self.stop(&mut recorder)?;
        shown?;
        println!("\nThe recorder has stopped; its history still answers:");
        self.show(&["query", "event.action = exec", "--since", "1h", "--limit", "5"]);
        self.show(&["verify"]);
        Ok(())
    }

    fn ask(&self, file: &Path) {
        let own = std::process::id().to_string();
        let here = format!("file.path ^= \"{}/\"", self.scratch.join("deeds").display());
        self.show(&["query", &here, "--since", "5m"]);
        self.show(&["query", "destination.ip = 127.0.0.1", "--since", "5m", "--limit", "5"]);
        self.show(&["who", &file.display().to_string()]);
        self.show(&["tree", &own]);
        self.show(&["status"]);
    }

    fn wait_until_up(&self, recorder: &mut Child) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = recorder.try_wait()? {
                bail!("the recorder ended at once: {status}");
            }
            // Asking costs a process, which would be recorded: first there must be a socket.
            let mut asked = self.command(&["status"]);
            asked.stdout(Stdio::null()).stderr(Stdio::null());
            if self.scratch.join("control.sock").exists()
                && asked.status().is_ok_and(|status| status.success())
            {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("the recorder does not answer `tarsier status`")
    }

    /// Asks the recorder to stop, and insists after a while.
    fn stop(&self, recorder: &mut Child) -> Result<()> {
        if recorder.try_wait()?.is_some() {
            return Ok(());
        }
        self.show(&["stop"]);
        let deadline = Instant::now() + Duration::from_secs(10);
        while recorder.try_wait()?.is_none() {
            if Instant::now() > deadline {
                recorder.kill()?;
                recorder.wait()?;
                bail!("the recorder did not stop within 10 s");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// A few things worth finding again; the file they end with.
fn deeds(scratch: &Path) -> Result<PathBuf> {
    let dir = scratch.join("deeds");
    std::fs::create_dir_all(&dir)?;
    let draft = dir.join("draft.txt");
    let file = dir.join("letter.txt");
    std::fs::write(&draft, "Dear recorder,\n")?;
    std::fs::rename(&draft, &file)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
    let line = format!("echo 'yours, sh' >> {0}; ls -l {0} | wc -l", file.display());
    shell::read(Command::new("sh").args(["-c", &line]))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let stream = TcpStream::connect(listener.local_addr()?)?;
    let (mut accepted, _) = listener.accept()?;
    drop(stream);
    accepted.read_to_end(&mut Vec::new())?;
    let gone = dir.join("gone.txt");
    std::fs::write(&gone, "soon gone\n")?;
    std::fs::remove_file(&gone)?;
    Ok(file)
}
