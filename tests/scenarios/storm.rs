// SPDX-License-Identifier: Apache-2.0
//! Many of everything: the workloads of losses, crashes and costs, with their ground truth.
//!
//! Each prints one JSON object: what was done how often, wall time, CPU time of the whole tree.

use crate::raw;
use crate::truth::Truth;
use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// `storm-exec N THREADS [PROGRAM]`, `storm-file N DIR`, `storm-tcp N`, `storm-read DIR`.
pub fn run(name: &str, words: &[OsString]) -> Result<()> {
    let word = |at: usize| words.get(at).map(OsString::as_os_str);
    let number = |at: usize| -> Result<u64> {
        word(at).and_then(OsStr::to_str).context("a number is missing")?.parse().context("number")
    };
    let begin = Instant::now();
    let truth = match name {
        "storm-exec" => exec(number(0)?, number(1)?, word(2))?,
        "storm-file" => file(number(0)?, Path::new(word(1).context("DIR")?))?,
        "storm-tcp" => tcp(number(0)?)?,
        "storm-read" => read(Path::new(word(0).context("DIR")?))?,
        _ => bail!("no such storm"),
    };
    let wall = begin.elapsed().as_secs_f64();
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let (own, children) =
        (getrusage(UsageWho::RUSAGE_SELF)?, getrusage(UsageWho::RUSAGE_CHILDREN)?);
    let cpu = [own.user_time(), own.system_time(), children.user_time(), children.system_time()];
    let cpu: f64 = cpu.into_iter().map(seconds).sum();
    println!("{}", truth.with("wall", wall).with("cpu", cpu).into_json());
    Ok(())
}

fn spawn_many(count: u64, program: &OsStr) -> Result<()> {
    for _ in 0..count {
        let status = Command::new(program).arg("noop").arg("--storm").status()?;
        if !status.success() {
            bail!("a child failed");
        }
    }
    Ok(())
}

/// Threads that start programs one after the other, as fast as they end.
fn exec(count: u64, threads: u64, program: Option<&OsStr>) -> Result<Truth> {
    let own = std::env::current_exe()?;
    let program = program.unwrap_or(own.as_os_str());
    let each = count / threads.max(1);
    std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| spawn_many(each, program))).collect();
        for thread in started {
            thread.join().map_err(|_| anyhow::anyhow!("a thread failed"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(Truth::new().with("exec", each * threads))
}

/// Create, write, rename, chmod, unlink: one bundle a file.
fn file(count: u64, dir: &Path) -> Result<Truth> {
    let bytes = [b'x'; 128];
    for number in 0..count {
        let (first, last) = (dir.join(format!("{number}.tmp")), dir.join(format!("{number}.dat")));
        OpenOptions::new().write(true).create_new(true).open(&first)?.write_all(&bytes)?;
        fs::rename(&first, &last)?;
        fs::set_permissions(&last, Permissions::from_mode(0o600))?;
        fs::remove_file(&last)?;
    }
    Ok(Truth::new().with("file", count))
}

/// Connect, accept, close over loopback; addresses rotate so that ports do not run out.
fn tcp(count: u64) -> Result<Truth> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let port = listener.local_addr()?.port();
    let child = raw::fork(|| {
        let accepted = (0..count).all(|_| listener.accept().is_ok());
        i32::from(!accepted)
    })?;
    for number in 0..count {
        let last = u8::try_from(1 + number % 16)?;
        let mut stream = TcpStream::connect((Ipv4Addr::new(127, 0, 1, last), port))?;
        stream.read_to_end(&mut Vec::new())?;
    }
    raw::wait(child)?;
    Ok(Truth::new().with("tcp", count).with("port", port))
}

/// Every file below a directory, read to its end: what must not cost anything.
fn read(dir: &Path) -> Result<Truth> {
    let mut buffer = vec![0u8; 1 << 16];
    let (mut files, mut waiting) = (0u64, vec![dir.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir)?.flatten() {
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file()
                && let Ok(mut file) = fs::File::open(entry.path())
            {
                while file.read(&mut buffer)? > 0 {}
                files += 1;
            }
        }
    }
    Ok(Truth::new().with("read", files))
}
