// SPDX-License-Identifier: Apache-2.0
//! The control socket: one thread, one question and one answer a connection.
//!
//! Anyone may connect, because the kernel tells who did; only those with a role are listened to,
//! so that a stranger cannot keep the thread busy.
use super::StartError;
use super::client::{AskError, ask};
use super::protocol::{Reply, Request};
use super::roles::Role;
use super::running::Running;
use rustix::net::sockopt::socket_peercred;
use rustix::process::getuid;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A client that does not finish its line within this is left.
const PATIENCE: Duration = Duration::from_secs(2);
/// Requests are short.
const LINE_MAX: u64 = 4096;

/// A bound control socket; its file goes when this is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Takes the socket, also over one that a dead recorder left behind.
    ///
    /// # Errors
    /// Another recorder answers there, or the directory cannot be written.
    pub fn bind(path: &Path) -> Result<Socket, StartError> {
        let cannot = |why: io::Error| StartError::Socket { path: path.to_owned(), why };
        match ask(path, Request::Status) {
            Err(AskError::NotRunning) => {}
            Ok(Reply::Status(status)) => {
                return Err(StartError::SocketBusy { path: path.to_owned(), pid: status.pid });
            }
            Ok(_) | Err(_) => return Err(cannot(io::ErrorKind::AddrInUse.into())),
        }
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(cannot)?;
        }
        match fs::remove_file(path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(cannot(why)),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(cannot)?;
        fs::set_permissions(path, Permissions::from_mode(0o666)).map_err(cannot)?;
        Ok(Socket { listener, path: path.to_owned() })
    }

    /// Answers from a thread of its own until the process ends.
    ///
    /// # Errors
    /// The thread could not be made.
    pub fn serve(&self, running: Arc<Running>) -> io::Result<()> {
        let listener = self.listener.try_clone()?;
        let serve = move || {
            for stream in listener.incoming() {
                let answered = stream.and_then(|stream| answer(&stream, &running));
                if let Err(why) = answered {
                    tracing::debug!("a control connection ended early: {why}");
                }
            }
        };
        thread::Builder::new().name("control".into()).spawn(serve).map(drop)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_file(&self.path) {
            tracing::debug!("{} could not be removed: {why}", self.path.display());
        }
    }
}

fn answer(stream: &UnixStream, running: &Running) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let role = Role::of(socket_peercred(stream)?, getuid().as_raw(), &running.config());
    let reply = match role {
        Role::Stranger => refused("this user has no role; see control.groups.operator"),
        _ => reply_to(&read_line(stream)?, role, running),
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    (&*stream).write_all(&line)
}

fn read_line(stream: &UnixStream) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(LINE_MAX)).read_line(&mut line)?;
    Ok(line)
}

fn reply_to(line: &str, role: Role, running: &Running) -> Reply {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(why) => return refused(&format!("not a request: {why}")),
    };
    if !role.may(request) {
        return refused("this user may only ask for the status; see control.groups.operator");
    }
    match request {
        Request::Status => Reply::Status(Box::new(running.status())),
        Request::Reload => match running.reload() {
            Ok(changes) => Reply::Reloaded(changes),
            Err(problems) => Reply::Refused(problems.0.iter().map(ToString::to_string).collect()),
        },
        Request::Stop => {
            running.stop("asked over the control socket");
            Reply::Stopping
        }
    }
}

fn refused(why: &str) -> Reply {
    Reply::Refused(vec![why.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::Socket;
    use crate::config::{Config, Layers, LogLevel, Settings};
    use crate::daemon::client::{AskError, ask};
    use crate::daemon::log::Log;
    use crate::daemon::protocol::{Changed, Probing, Reply, Request, StoreUse};
    use crate::daemon::{Machine, Running, StartError};
    use crate::health::{Balance, Health};
    use std::fs;
    use std::sync::atomic::Ordering;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Bench(Arc<Mutex<Vec<String>>>);

    impl Machine for Bench {
        fn probing(&self) -> Probing {
            Probing::default()
        }
        fn ledger(&self) -> Vec<Balance> {
            Health::default().ledger()
        }
        fn store(&self) -> StoreUse {
            StoreUse { events: 7, ..StoreUse::default() }
        }
        fn apply(&self, config: &Config, changes: &[Changed]) {
            let mut told = self.0.lock().unwrap();
            told.extend(changes.iter().map(|change| change.key.clone()));
            assert!(!config.events.dns, "what is applied is the new value");
        }
    }

    #[test]
    fn a_recorder_is_asked_reloaded_and_stopped() {
        let directory =
            std::env::temp_dir().join(format!("tarsier-control-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (path, conf) = (directory.join("c.sock"), directory.join("a.conf"));
        assert!(matches!(ask(&path, Request::Status), Err(AskError::NotRunning)));

        let layers = Layers::directory(directory.clone(), Vec::new());
        let told = Arc::default();
        let machine = Box::new(Bench(Arc::clone(&told)));
        let log = Log::start(LogLevel::Error);
        let settings = Settings::load(&layers).unwrap();
        let running = Arc::new(Running::new(settings, layers, log, machine));
        let socket = Socket::bind(&path).unwrap();
        socket.serve(Arc::clone(&running)).unwrap();

        let Ok(Reply::Status(status)) = ask(&path, Request::Status) else { panic!("no status") };
        assert_eq!((status.store.events, status.pid), (7, std::process::id()));
        assert!(matches!(Socket::bind(&path), Err(StartError::SocketBusy { .. })));

        fs::write(&conf, "events.dns = false\nstore.journal_mb = 64\n").unwrap();
        let Ok(Reply::Reloaded(changes)) = ask(&path, Request::Reload) else { panic!("no reload") };
        let seen: Vec<_> = changes.iter().map(|change| (&*change.key, change.live)).collect();
        assert_eq!(seen, [("store.journal_mb", false), ("events.dns", true)]);
        assert_eq!(running.config().store.journal_mb, 8, "a restart key stays as it was");
        assert_eq!(told.lock().unwrap().len(), 2, "both stand in the history");

        let Ok(Reply::Reloaded(again)) = ask(&path, Request::Reload) else { panic!("no reload") };
        assert_eq!(again.len(), 1, "a restart is still needed");
        assert_eq!(told.lock().unwrap().len(), 2, "but it is no news");

        fs::write(&conf, "events.dsn = false\n").unwrap();
        let Ok(Reply::Refused(why)) = ask(&path, Request::Reload) else { panic!("not refused") };
        assert!(
            why[0].contains("a.conf:1") && why[0].contains("did you mean events.dns"),
            "{why:?}"
        );
        assert!(!running.config().events.dns, "the running settings stay");

        assert!(matches!(ask(&path, Request::Stop), Ok(Reply::Stopping)));
        assert!(running.stop_flag().load(Ordering::Relaxed));
        drop(socket);
        assert!(!path.exists());
        fs::remove_dir_all(directory).unwrap();
    }
}
