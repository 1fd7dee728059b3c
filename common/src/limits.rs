// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Every maximum, and the asserted relations between them.

/// Longest path a probe resolves, as `PATH_MAX`; longer ones keep their tail and are marked.
pub const PATH_BYTES_MAX: usize = 4096;
/// Most components a path walk follows; deeper ones keep their tail and are marked.
pub const PATH_COMPONENTS_MAX: usize = 64;
/// First bytes of argv that are kept; the total length and count are kept as well.
pub const ARGS_BYTES_MAX: usize = 8192;
/// Bytes of a DNS message that are kept.
pub const DNS_BYTES_MAX: usize = 2048;
/// A connect without an outcome is told as in progress after this; its end is then told by a close.
pub const CONNECT_WAIT_NS: u64 = 1_000_000_000;
/// A UDP flow without a datagram for this long is over.
pub const FLOW_IDLE_NS: u64 = 30_000_000_000;
/// Longest record on the ring: header, body, two paths, argv; spans are 16 bits wide.
pub const RECORD_BYTES_MAX: usize = 24 * 1024;
/// Attempts that wait for their outcome at once; more are told with an unknown result.
pub const ATTEMPTS_MAX: usize = 4096;
/// An attempt without an outcome is told with an unknown result after this long.
pub const OUTCOME_WAIT_NS: u64 = 2_000_000_000;
/// Opens whose path the recorder remembers until they are closed; the oldest go first.
pub const OPEN_PATHS_MAX: usize = 8192;
/// Names of once nameless files that the recorder remembers.
pub const LINKED_NAMES_MAX: usize = 64;
/// A change is told at the latest this long after it was made while the file stays open.
pub const STILL_OPEN_NS: u64 = 1_000_000_000;
/// The sweep of open files runs this often while something is changed.
pub const SWEEP_EVERY_NS: u64 = 200_000_000;
/// `TASK_COMM_LEN`.
pub const COMM_BYTES: usize = 16;

const _: () = assert!(2 * PATH_BYTES_MAX + ARGS_BYTES_MAX + 1024 <= RECORD_BYTES_MAX);
const _: () = assert!(RECORD_BYTES_MAX <= u16::MAX as usize);
/// Longest pattern of a prefix, glob or exact rule.
pub const PATTERN_BYTES_MAX: usize = 1024;
