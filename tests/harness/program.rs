// SPDX-License-Identifier: Apache-2.0
//! The recorder's command line, run to its end.
use std::path::PathBuf;
use std::process::Command;

/// How a command ended and what it said.
#[derive(Clone, Debug)]
pub struct Run {
    /// Exit code; -1 when a POSIX signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// Standard output of a command that had to succeed.
    ///
    /// # Panics
    /// It did not.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }
}

/// The built program: `TARSIER_BIN`, else beside this test in `target/PROFILE`.
///
/// # Panics
/// It is not built.
pub fn path() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().ok()?;
        test.ancestors().skip(1).take(2).map(|place| place.join("tarsier")).find(|p| p.is_file())
    };
    let given = std::env::var_os("TARSIER_BIN").map(PathBuf::from);
    given.or_else(beside).expect("cargo build -p tarsier comes first")
}

/// Runs `tarsier …` without this host's own colours and service manager.
///
/// # Panics
/// The program cannot be started.
pub fn tarsier(args: &[&str]) -> Run {
    let output = Command::new(path())
        .args(args)
        .env_remove("NOTIFY_SOCKET")
        .output()
        .expect("the built program can be started");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}
