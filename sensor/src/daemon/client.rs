// SPDX-License-Identifier: Apache-2.0
//! Asking a running recorder over its control socket.
use super::protocol::{Reply, Request};
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A recorder that does not answer within this is not well.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there was no answer.
#[derive(Debug)]
pub enum AskError {
    /// Nobody listens on the socket.
    NotRunning,
    /// The socket may not be used by this user.
    Denied(io::Error),
    /// Somebody listens but does not answer as a recorder does.
    Broken(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskError::NotRunning => f.write_str("no recorder is running"),
            AskError::Denied(why) => write!(f, "the control socket is closed to you: {why}"),
            AskError::Broken(why) => write!(f, "the recorder did not answer: {why}"),
        }
    }
}

impl std::error::Error for AskError {}

/// Sends one request and waits for its answer.
///
/// # Errors
/// Nobody listens, the socket is closed to this user, or the answer makes no sense.
pub fn ask(socket: &Path, request: Request) -> Result<Reply, AskError> {
    let broken = |why: io::Error| AskError::Broken(why.to_string());
    let mut stream = UnixStream::connect(socket).map_err(refused)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    let mut line = serde_json::to_string(&request).map_err(|why| broken(why.into()))?;
    line.push('\n');
    // A recorder that refuses a stranger answers without waiting for the question.
    let asked = stream.write_all(line.as_bytes());
    let mut answer = String::new();
    let read = BufReader::new(stream).read_line(&mut answer);
    if answer.is_empty() {
        asked.and(read.map(drop)).map_err(broken)?;
    }
    serde_json::from_str(&answer).map_err(|why| AskError::Broken(why.to_string()))
}

fn refused(why: io::Error) -> AskError {
    match why.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NotRunning,
        io::ErrorKind::PermissionDenied => AskError::Denied(why),
        _ => AskError::Broken(why.to_string()),
    }
}
