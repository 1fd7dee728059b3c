// SPDX-License-Identifier: Apache-2.0
//! Why a recorder did not start: the thing, the place, and what to do.
use super::privilege::Need;
use crate::source::SourceError;
use crate::store::StoreError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a recorder did not start.
#[derive(Debug)]
pub enum StartError {
    /// Capabilities without which nothing can be recorded.
    Privileges(Vec<Need>),
    /// Another recorder writes the store.
    StoreBusy {
        /// `store.path`.
        path: PathBuf,
        /// Its process, when it said so.
        pid: Option<u32>,
    },
    /// The store cannot be opened.
    Store {
        /// Where it is, and who says so.
        setting: String,
        /// Why not.
        why: StoreError,
    },
    /// The kernel refused a thread or to catch POSIX signals.
    Thread(io::Error),
    /// It ran, and could not go on.
    Ended(String),
    /// The source cannot run here.
    Source {
        /// Its name.
        name: &'static str,
        /// What it lacks, and the next step.
        why: SourceError,
    },
    /// The socket could not be made.
    Socket {
        /// `control.socket`.
        path: PathBuf,
        /// The system's word.
        why: io::Error,
    },
    /// Another recorder answers on the socket.
    SocketBusy {
        /// `control.socket`.
        path: PathBuf,
        /// Its process.
        pid: u32,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Privileges(needs) => {
                let names: Vec<&str> = needs.iter().map(|need| need.name).collect();
                write!(f, "cannot record: {} missing", names.join(" and "))?;
                for need in needs {
                    write!(f, "\n  {}: {}", need.name, need.why)?;
                }
                f.write_str(
                    "\n  without it you can still use `tarsier doctor`, `config` and `fields`, \
                     and query any store you may read\
                     \n  run it as root, or `systemctl start tarsier`",
                )
            }
            StartError::StoreBusy { path, pid } => write!(
                f,
                "another recorder writes this store, pid {}\n  store.path = {}\
                 \n  `tarsier stop` ends it; a second one needs its own store.path and \
                 control.socket",
                pid.map_or("unknown".to_owned(), |pid| pid.to_string()),
                path.display()
            ),
            StartError::Store { setting, why } => write!(
                f,
                "cannot open the store\n  {setting}\n  {why}\
                 \n  `tarsier doctor` looks at its directory, `tarsier verify` at its content"
            ),
            StartError::Thread(why) => write!(f, "cannot start a thread of the recorder\n  {why}"),
            StartError::Ended(why) => {
                write!(f, "recording ended\n  {why}\n  what was seen until then is in the store")
            }
            StartError::Source { name, why } => write!(
                f,
                "the source `{name}` cannot run\n  {why}\
                 \n  `tarsier doctor` says what this host lacks; stores can still be queried"
            ),
            StartError::Socket { path, why } => write!(
                f,
                "cannot make the control socket\n  control.socket = {}: {why}\
                 \n  free the path or give another with -w control.socket=PATH",
                path.display()
            ),
            StartError::SocketBusy { path, pid } => write!(
                f,
                "another recorder is running, pid {pid}\n  control.socket = {}\
                 \n  `tarsier stop` ends it; a second one needs its own store.path and \
                 control.socket",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StartError {}
