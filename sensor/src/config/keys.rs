// SPDX-License-Identifier: Apache-2.0
//! Every setting, once: the shipped default file, help, errors and the reload all walk this table.
//!
//! A key stands here only if something reads it. To add one, add a row and read
//! `config.group.name`; nothing else needs to know.
use super::bounds::{Absolute, Any, OneOf, PowerOfTwo, SocketPath, ZeroOr, checked};
use super::types::{FileMode, LogLevel, Resolution, Setting};
use super::{Apply, Key, Merge};
use std::path::PathBuf;

/// Declares the settings, one row each.
///
/// ```text
/// store { /// Ceiling. max_size_mb: u64 = 1024, in 16..=99, "MiB", Max, Live; }
/// ```
/// expands to `pub struct store::Group { pub max_size_mb: u64 }`, the field `Config::store`, its
/// default, and one [`Key`] named `store.max_size_mb` whose functions parse, check and print it.
/// `name: type => "a.b.c" = …` gives a key another public name than `group.name`.
macro_rules! settings {
    ($( $(#[doc = $about:literal])+ $group:ident { $(
        $(#[doc = $help:literal])+ $name:ident: $ty:ty $(=> $public:literal)? = $default:expr,
        in $bounds:expr, $unit:literal, $merge:ident, $apply:ident;
    )+ } )+) => {
        $( $(#[doc = $about])+ pub mod $group {
            #[allow(unused_imports, reason = "not every group has every type")]
            use super::{FileMode, LogLevel, PathBuf, Resolution};
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct Group { $( $(#[doc = $help])+ pub $name: $ty, )+ }
        } )+
        /// The settings in force, as plain values.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config { $( $(#[doc = $about])+ pub $group: $group::Group, )+ }
        impl Default for Config {
            fn default() -> Self {
                Config { $( $group: $group::Group { $( $name: $default, )+ }, )+ }
            }
        }
        /// The table itself, in the order of the default file.
        pub const KEYS: &[Key] = &[ $( $( Key {
            name: settings!(@name $group $name $($public)?),
            help: concat!($($help),+),
            ty: <$ty as Setting>::TYPE,
            unit: $unit,
            merge: Merge::$merge,
            apply: Apply::$apply,
            bounds: || super::bounds::describe::<$ty>(&$bounds),
            check: |text| checked::<$ty>(text, &$bounds).map(|value| value.show()),
            put: |config, text, earlier| {
                let value = checked::<$ty>(text, &$bounds)?;
                Ok(config.$group.$name.take(value, Merge::$merge, earlier))
            },
            get: |config| config.$group.$name.show(),
        }, )+ )+ ];
    };
    (@name $group:ident $name:ident $public:literal) => { $public };
    (@name $group:ident $name:ident) => { concat!(stringify!($group), ".", stringify!($name)) };
}

fn path(text: &str) -> PathBuf {
    PathBuf::from(text)
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

settings! {
    /// Where history is kept and for how long.
    store {
        /// Directory of the store.
        path: PathBuf = path("/var/lib/tarsier"), in Absolute, "", Last, Restart;
        /// The store never exceeds this on disk; the oldest history goes first. 0 is unlimited.
        max_size_mb: u64 = 1024, in ZeroOr(16..=16_777_216), "MiB", MaxOrUnlimited, Restart;
        /// If the store is ever larger than this, recording stops and needs a person.
        /// 0 is twice store.max_size_mb.
        hard_limit_mb: u64 = 0, in ZeroOr(16..=33_554_432), "MiB", Last, Live;
        /// History older than this is pruned. 0 keeps history of any age.
        max_age_days: u32 = 90, in 0..=65_536, "days", MaxOrUnlimited, Restart;
        /// How far below its limit one prune brings the store.
        prune_extra_percent: u8 = 10, in 0..=90, "%", Last, Restart;
        /// The most history that a power cut may cost. 0 commits after every batch.
        commit_interval_ms: u32 = 500, in 0..=5000, "ms", Last, Restart;
        /// Size of the journal, which holds what no block holds yet; reserved on disk at start.
        journal_mb: u32 = 8, in 4..=1024, "MiB", Last, Restart;
        /// Resolution of stored times: microseconds cost 1.2 bytes an event less.
        time_resolution: Resolution = Resolution::Us, in Any, "", Last, Restart;
        /// Memory for events that wait while the disk is slow or full; more are lost and counted.
        memory_mb: u32 = 16, in 4..=4096, "MiB", Last, Restart;
        /// Group that may read the store without being root; empty for none.
        group: String = String::new(), in Any, "", Last, Restart;
        /// Permission bits of the store's files; its directory gets the matching search bits.
        mode: FileMode = FileMode(0o640), in Any, "", Last, Restart;
    }
    /// The recorder as a whole.
    recorder {
        /// Record at all; false keeps the service up and the probes out.
        enabled: bool = true, in Any, "", All, Restart;
        /// Where records come from; `auto` takes the best that this host has.
        sources: Vec<String> = list(&["auto"]), in OneOf(&["auto", "ebpf"]), "", Union, Restart;
    }
    /// The kernel side on Linux.
    ebpf {
        /// Ring between kernel and recorder; a power of two, counted as the recorder's memory.
        ring_mb: u32 = 16, in PowerOfTwo(1..=1024), "MiB", Last, Restart;
        /// The reader is woken early when the ring is this full.
        watermark_percent: u8 = 25, in 1..=90, "%", Last, Live;
    }
    /// Classes of events to record.
    events {
        /// Processes: exec, fork, exit.
        process: bool = true, in Any, "", Any, Live;
        /// Files: create, write, rename, delete, attributes, mounts.
        file: bool = true, in Any, "", Any, Live;
        /// Network: connect, accept, listen, close, flow.
        network: bool = true, in Any, "", Any, Live;
        /// Name queries and their answers.
        dns: bool = true, in Any, "", Any, Live;
        /// Shared objects, kernel modules, eBPF programs.
        image: bool = true, in Any, "", Any, Live;
        /// Privileges, ptrace, signals between users, namespaces.
        security: bool = true, in Any, "", Any, Live;
    }
    /// The table of processes.
    process {
        /// An exited process is remembered this long for events that come late.
        expire_s: u32 = 180, in 1..=86_400, "s", Last, Live;
    }
    /// Hashes of files, made off the data path.
    hash {
        /// Hash executables that run (SHA-256).
        exec: bool = true, in Any, "", Any, Live;
        /// Hash shared objects and modules that are loaded.
        image: bool = true, in Any, "", All, Live;
        /// Larger files are not hashed.
        max_file_mb: u32 = 100, in 1..=65_536, "MiB", Last, Live;
        /// Reading speed of the hashing thread.
        rate_mb_s: u32 = 50, in 1..=10_000, "MiB/s", Last, Live;
    }
    /// Local control of a running recorder.
    control {
        /// Local socket for status, reload and stop; the peer's credentials are checked.
        socket: PathBuf = path("/run/tarsier/control.sock"), in SocketPath, "", Last, Restart;
        /// Groups whose members may stop and reload the recorder, besides root.
        operators: Vec<String> => "control.groups.operator" = Vec::new(), in Any, "", Union, Live;
    }
    /// The recorder's own log, on standard error.
    log {
        /// What is worth a line; events and losses never are.
        level: LogLevel = LogLevel::Info, in Any, "", Last, Live;
    }
}
