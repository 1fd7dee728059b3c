// SPDX-License-Identifier: Apache-2.0
//! What is measured: no recorder at all, ours, auditd, and a floor that stores nothing.

use crate::bench::{Options, process};
use crate::{packages, shell};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a subject may take to be ready or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running subject.
pub struct Subject {
    /// Its name in the table.
    pub name: String,
    dir: PathBuf,
    child: Option<Child>,
    /// A kernel thread that works for it.
    helper: Option<u32>,
    stop: fn(&Subject) -> Result<()>,
}

/// Starts a subject by its name.
pub fn start(name: &str, options: &Options) -> Result<Subject> {
    let dir = options.directory(name)?;
    match name {
        "base" => Ok(Subject::new(name, dir, None)),
        "tarsier" => tarsier(options, dir),
        "auditd" => auditd(options, dir),
        "floor" => floor(options, dir),
        _ => bail!("no such subject: {name} (base, tarsier, auditd, floor)"),
    }
}

fn wait_until(what: &str, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if ready()? {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("waited for {what} in vain")
}

/// The recorder's command with its store and socket in `dir`.
pub fn tarsier_command(options: &Options, dir: &Path, words: &[&str]) -> Result<Command> {
    let program = shell::target_dir()?.join("release/tarsier");
    let config = dir.join("config");
    fs::create_dir_all(&config)?;
    let mut command = options.command(&program);
    command.args(words).arg("--config-dir").arg(config);
    for (key, name) in [("store.path", "store"), ("control.socket", "control.sock")] {
        command.arg("-w").arg(format!("{key}={}", dir.join(name).display()));
    }
    Ok(command)
}

fn tarsier(options: &Options, dir: PathBuf) -> Result<Subject> {
    let log = File::create(dir.join("log"))?;
    let mut command = tarsier_command(options, &dir, &["record"])?;
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
    let subject = Subject::new("tarsier", dir, Some(child));
    wait_until("tarsier to record", || {
        Ok(subject.status(options).is_some_and(|status| status["state"] == "recording"))
    })?;
    Ok(subject)
}

/// Set by the recorder's makers for those who have the floor sensor built: it stores nothing.
const FLOOR: &str = "TARSIER_BENCH_FLOOR";

fn floor(options: &Options, dir: PathBuf) -> Result<Subject> {
    let words = std::env::var(FLOOR).with_context(|| format!("{FLOOR} is not set"))?;
    let words: Vec<&str> = words.split_whitespace().collect();
    let (program, rest) = words.split_first().context("an empty command")?;
    let log = File::create(dir.join("log"))?;
    let child = options.command(Path::new(program)).args(rest).stderr(log).spawn()?;
    let ready = dir.join("log");
    wait_until("the floor to be ready", || Ok(fs::read_to_string(&ready)?.contains("READY")))?;
    Ok(Subject::new("floor", dir, Some(child)))
}

const AUDITD: &str = "\
local_events = yes
write_logs = yes
log_format = RAW
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 8000
num_logs = 2
priority_boost = 4
name_format = NONE
max_log_file_action = IGNORE
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
q_depth = 2000
overflow_action = IGNORE
end_of_event_timeout = 2
";

/// The same happenings as ours, as far as audit rules can say so.
const RULES: &[&str] = &[
    "-D",
    "-b 8192",
    "--backlog_wait_time 60000",
    "-f 1",
    "-r 0",
    "-a always,exit -F arch=b64 -S execve,execveat -k bench",
    "-a always,exit -F arch=b64 -S open,openat,openat2,creat,truncate,ftruncate,rename,renameat,\
     renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat,\
     chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,setxattr,lsetxattr,fsetxattr,removexattr \
     -F dir=WATCHED -F perm=wa -k bench",
    "-a always,exit -F arch=b64 -S connect,accept,accept4 -k bench",
];

fn auditctl(words: &str) -> Result<()> {
    let mut command = Command::new("auditctl");
    let output = command.args(words.split_whitespace()).output()?;
    if !output.status.success() {
        bail!("auditctl {words}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn auditd(options: &Options, dir: PathBuf) -> Result<Subject> {
    packages::need("auditd", "auditd")?;
    if audit_daemon()? {
        bail!("an audit daemon runs already; stop it first");
    }
    fs::create_dir_all(dir.join("plugins.d"))?;
    let log = dir.join("audit.log");
    let conf = dir.join("auditd.conf");
    let places =
        format!("log_file = {}\nplugin_dir = {}/plugins.d\n", log.display(), dir.display());
    fs::write(&conf, format!("{AUDITD}{places}"))?;
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(&conf, fs::Permissions::from_mode(0o640))?;
    let errors = File::create(dir.join("errors"))?;
    let child = options
        .command(Path::new("auditd"))
        .args(["-n", "-s", "enable", "-c"])
        .arg(&dir)
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()?;
    let mut subject = Subject::new("auditd", dir, Some(child));
    subject.helper = process::kernel_thread("kauditd");
    subject.stop = audit_off;
    wait_until("auditd to log", || Ok(log.exists() && fs::metadata(&log)?.len() > 0))?;
    let watched = options.directory("work")?.display().to_string();
    for rule in RULES {
        auditctl(&rule.replace("WATCHED", &watched))?;
    }
    Ok(subject)
}

/// Whether somebody holds the kernel's audit socket.
fn audit_daemon() -> Result<bool> {
    let output = Command::new("auditctl").arg("-s").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pid = text.lines().find_map(|line| line.strip_prefix("pid "));
    Ok(pid.is_some_and(|pid| pid.trim() != "0"))
}

/// Audit is left as the kernel starts it: off, without rules.
fn audit_off(_: &Subject) -> Result<()> {
    for words in ["-D", "-e 0", "-b 64", "--backlog_wait_time 15000"] {
        auditctl(words)?;
    }
    Ok(())
}

impl Subject {
    fn new(name: &str, dir: PathBuf, child: Option<Child>) -> Subject {
        Subject { name: name.to_owned(), dir, child, helper: None, stop: |_| Ok(()) }
    }

    /// Its process, if it has one.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Processor time so far: all its threads and what the kernel does in its name.
    pub fn cpu_s(&self) -> f64 {
        self.pid().map_or(0.0, process::cpu_s) + self.helper.map_or(0.0, process::cpu_s)
    }

    /// What `tarsier status --json` says; `None` for others.
    pub fn status(&self, options: &Options) -> Option<Value> {
        let mut command = tarsier_command(options, &self.dir, &["status", "--json"]).ok()?;
        let output = command.stderr(Stdio::null()).output().ok()?;
        serde_json::from_slice(&output.stdout).ok()
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Waits until it has nothing left to do for what was before, hashing at its own pace included.
    pub fn drain(&self) {
        const QUIET_S: f64 = 0.006;
        let begin = Instant::now();
        let mut quiet = 0;
        while self.pid().is_some() && quiet < 5 && begin.elapsed() < Duration::from_secs(30) {
            let before = self.cpu_s();
            std::thread::sleep(Duration::from_millis(200));
            quiet = if self.cpu_s() - before < QUIET_S { quiet + 1 } else { 0 };
        }
    }

    /// Ends it in order and removes what it wrote.
    pub fn end(mut self) -> Result<()> {
        let stopped = (self.stop)(&self);
        if let Some(mut child) = self.child.take() {
            shell::run(Command::new("kill").arg(child.id().to_string()))?;
            wait_until(&format!("{} to end", self.name), || Ok(child.try_wait()?.is_some()))?;
        }
        fs::remove_dir_all(&self.dir)?;
        stopped
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let ended = (child.kill().and_then(|()| child.wait()), (self.stop)(self));
            eprintln!("{} was ended early: {ended:?}", self.name);
        }
    }
}
