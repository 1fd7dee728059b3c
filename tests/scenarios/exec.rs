// SPDX-License-Identifier: Apache-2.0
//! Programs started in every way there is, and one that cannot be.

use crate::truth::{Ground, NOBODY, Scenario, Truth, nothing};
use crate::{raw, truth};
use anyhow::{Result, bail};
use nix::fcntl::AtFlags;
use nix::unistd::execveat;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Ways to start a program.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "exec.plain", setup: nothing, act: plain },
    Scenario { name: "exec.long_args", setup: nothing, act: long_args },
    Scenario { name: "exec.strange_cwd", setup: strange_directory, act: strange_cwd },
    Scenario { name: "exec.script", setup: script_file, act: script },
    Scenario { name: "exec.symlink", setup: link_to_self, act: by_symlink },
    Scenario { name: "exec.thread", setup: nothing, act: from_thread },
    Scenario { name: "exec.memfd", setup: nothing, act: memfd },
    Scenario { name: "exec.deleted", setup: copy_of_self, act: deleted },
    Scenario { name: "exec.denied", setup: not_executable, act: denied },
    Scenario { name: "exec.suid", setup: suid_copy, act: suid },
];

/// Runs `command` to its end; truth about the child and the file it came from.
fn run(mut command: Command, file: &Path) -> Result<Truth> {
    let mut child = command.spawn()?;
    let pid = child.id();
    if !child.wait()?.success() {
        bail!("the child failed");
    }
    let about = fs::metadata(file)?;
    let args: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|arg| truth::show(arg.as_bytes()))
        .collect();
    let bytes: usize = args.iter().map(|arg| arg.len() + 1).sum();
    Ok(Truth::new()
        .with("child", pid)
        .with("args", args)
        .with("args_bytes", bytes)
        .with("mtime", about.mtime() * 1_000_000_000 + about.mtime_nsec())
        .with("size", about.size())
        .with("mode", about.mode() & 0o7777)
        .file(file)?
        .path("cwd", &std::env::current_dir()?))
}

fn own() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.canonicalize()?)
}

fn plain(ground: &Ground) -> Result<Truth> {
    let mut command = ground.noop()?;
    command.args(["one", "two words", "", "ümläut"]);
    run(command, &own()?)
}

fn long_args(ground: &Ground) -> Result<Truth> {
    let mut command = ground.noop()?;
    command.args((0..200).map(|n| format!("{n:0100}")));
    run(command, &own()?)
}

fn strange_name() -> OsString {
    let mut name = b"a b\nc\xff\xfe\t".to_vec();
    name.resize(150, b'x');
    OsString::from_vec(name)
}

fn strange_directory(ground: &Ground) -> Result<()> {
    let name = strange_name();
    fs::create_dir_all(ground.dir.join(&name).join(&name))?;
    Ok(())
}

fn strange_cwd(ground: &Ground) -> Result<Truth> {
    let dir = ground.dir.join(strange_name()).join(strange_name());
    let mut command = ground.noop()?;
    command.current_dir(&dir);
    Ok(run(command, &own()?)?.path("cwd", &dir))
}

fn script_file(ground: &Ground) -> Result<()> {
    let path = ground.path("script");
    let mut text = b"#!".to_vec();
    text.extend(own()?.as_os_str().as_bytes());
    text.extend(b" noop\n");
    fs::write(&path, text)?;
    fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    Ok(())
}

fn script(ground: &Ground) -> Result<Truth> {
    let script = ground.path("script");
    let truth = run(Command::new(&script), &own()?)?;
    let own = own()?;
    let args = [own.as_os_str(), OsStr::new("noop"), script.as_os_str()];
    let args: Vec<String> = args.iter().map(|arg| truth::show(arg.as_bytes())).collect();
    let bytes: usize = args.iter().map(|arg| arg.len() + 1).sum();
    Ok(truth.path("asked", &script).with("args", args).with("args_bytes", bytes))
}

fn link_to_self(ground: &Ground) -> Result<()> {
    Ok(symlink(own()?, ground.path("link"))?)
}

fn by_symlink(ground: &Ground) -> Result<Truth> {
    let link = ground.path("link");
    let mut command = Command::new(&link);
    command.arg("noop");
    Ok(run(command, &own()?)?.path("asked", &link))
}

/// A child whose second thread calls exec: the process stays one, its leader's thread is gone.
fn from_thread(_: &Ground) -> Result<Truth> {
    let own = own()?;
    let child = raw::fork(|| {
        let program = own.clone();
        let exec = std::thread::spawn(move || Command::new(program).arg("noop").exec());
        drop(exec.join());
        1
    })?;
    raw::wait(child)?;
    Truth::new().with("child", child.as_raw()).file(&own)
}

fn empty_path(fd: &File, name: &CStr) -> i32 {
    let args = [name, c"noop"];
    let failed = execveat(fd, c"", &args, &[] as &[&CStr], AtFlags::AT_EMPTY_PATH);
    i32::from(failed.is_err())
}

fn memfd(_: &Ground) -> Result<Truth> {
    let file = nix::sys::memfd::memfd_create(c"ghost", nix::sys::memfd::MFdFlags::MFD_CLOEXEC)?;
    let mut file = File::from(file);
    std::io::copy(&mut File::open(own()?)?, &mut file)?;
    let child = raw::fork(|| empty_path(&file, c"ghost"))?;
    raw::wait(child)?;
    Truth::new().with("child", child.as_raw()).open_file(&file)
}

fn copy_of_self(ground: &Ground) -> Result<()> {
    fs::copy(own()?, ground.path("copy"))?;
    Ok(())
}

fn deleted(ground: &Ground) -> Result<Truth> {
    let path = ground.path("copy");
    let file = File::open(&path)?;
    fs::remove_file(&path)?;
    let child = raw::fork(|| empty_path(&file, c"copy"))?;
    raw::wait(child)?;
    Truth::new().with("child", child.as_raw()).path("path", &path).open_file(&file)
}

fn not_executable(ground: &Ground) -> Result<()> {
    truth::one_file(ground)
}

fn denied(ground: &Ground) -> Result<Truth> {
    let path = CString::new(ground.file().as_os_str().as_bytes())?;
    let child = raw::fork(|| {
        let failed = nix::unistd::execv(&path, &[&path, &c"argument".to_owned()]);
        i32::from(failed.is_err())
    })?;
    raw::wait(child)?;
    Ok(Truth::new().with("child", child.as_raw()).path("path", &ground.file()))
}

fn suid_copy(ground: &Ground) -> Result<()> {
    let path = ground.path("copy");
    copy_of_self(ground)?;
    chown(&path, Some(NOBODY), Some(NOBODY))?;
    fs::set_permissions(&path, Permissions::from_mode(0o4755))?;
    Ok(())
}

/// Waits a little inside, so that nothing depends on how short it is.
fn suid(ground: &Ground) -> Result<Truth> {
    let path = ground.path("copy");
    let mut command = Command::new(&path);
    command.arg("noop").stdin(Stdio::null());
    std::thread::sleep(Duration::from_millis(1));
    run(command, &path)
}
