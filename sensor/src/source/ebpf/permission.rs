// SPDX-License-Identifier: Apache-2.0
//! What the process must be allowed to do, asked before the kernel refuses without a word.
use crate::source::SourceError;

const SYS_ADMIN: u32 = 21;
const PERFMON: u32 = 38;
const BPF: u32 = 39;

/// Checks the effective capabilities of this process.
///
/// # Errors
/// [`SourceError::Capability`] naming the first that is missing.
pub fn check() -> Result<(), SourceError> {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => check_set(effective(&status).unwrap_or(u64::MAX)),
        // without /proc the kernel will say it itself, with fewer words
        Err(_) => Ok(()),
    }
}

fn effective(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

fn check_set(capabilities: u64) -> Result<(), SourceError> {
    let has = |bit: u32| capabilities & (1 << bit) != 0;
    if has(SYS_ADMIN) {
        return Ok(());
    }
    for (bit, name) in [(BPF, "CAP_BPF"), (PERFMON, "CAP_PERFMON")] {
        if !has(bit) {
            return Err(SourceError::Capability(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check_set, effective};
    use crate::source::SourceError;

    #[test]
    fn the_missing_capability_is_named() {
        let lacks = |set, wanted| match check_set(set) {
            Err(SourceError::Capability(name)) => name == wanted,
            _ => false,
        };
        assert!(lacks(0, "CAP_BPF"));
        assert!(lacks(1 << 39, "CAP_PERFMON"));
        assert!(check_set(1 << 39 | 1 << 38).is_ok());
        assert!(check_set(1 << 21).is_ok());
    }

    #[test]
    fn the_line_of_the_status_file_is_read() {
        assert_eq!(effective("Name:\tx\nCapEff:\t0000000000200000\n"), Some(1 << 21));
        assert_eq!(effective("Name:\tx\n"), None);
    }
}
