// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What crosses the ring: one header, one body per probe, a tail.
//!
//! Wire kinds and event kinds are two tables: what a probe can see and what happened are not one
//! to one. Wire ids may change with any release, because the probes are embedded in the recorder
//! and CI rebuilds and compares them byte for byte; event ids never may.
use crate::names::Class;
use crate::record::{Body, Field, Malformed};
use crate::value::ProcessKey;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

mod accept;
mod bpf;
mod close;
mod connect;
mod connected;
mod create;
mod cred;
mod dirty;
mod dns;
mod exec;
mod exit;
mod fork;
mod inventory;
mod kill;
mod listen;
mod map;
mod module;
mod mount;
mod namespace;
mod outcome;
mod path_op;
mod process_write;
mod ptrace;
mod udp;
mod write;
pub use accept::Accept;
pub use bpf::Bpf;
pub use close::Close;
pub use connect::Connect;
pub use connected::Connected;
pub use create::Create;
pub use cred::Cred;
pub use dirty::Dirty;
pub use dns::Dns;
pub use exec::Exec;
pub use exit::Exit;
pub use fork::Fork;
pub use inventory::Inventory;
pub use kill::Kill;
pub use listen::Listen;
pub use map::Map;
pub use module::Module;
pub use mount::Mount;
pub use namespace::Namespace;
pub use outcome::Outcome;
pub use path_op::PathOp;
pub use process_write::ProcessWrite;
pub use ptrace::Ptrace;
pub use udp::Udp;
pub use write::Write;

/// What precedes every body on the ring. 8-byte aligned, no padding.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// Header, body and tail together.
    pub len: u32,
    /// A [`Wire`] number.
    pub kind: u32,
    /// [`crate::names::EventFlags`] the probe already knows.
    pub flags: u64,
    /// Dense number of the record on its CPU; a gap is a loss.
    pub sequence: u64,
    /// `CLOCK_BOOTTIME`, nanoseconds.
    pub time_ns: u64,
    /// The process this record is about (usually `current`).
    pub process: ProcessKey,
    /// `real_parent`'s process.
    pub parent: ProcessKey,
    /// cgroup v2 id.
    pub cgroup_id: u64,
    /// CPU that wrote the record.
    pub cpu: u32,
    /// Thread id in the initial pid namespace.
    pub tid: u32,
    /// Process id in its own pid namespace.
    pub ns_pid: u32,
    /// Inode of the pid namespace.
    pub pid_ns: u32,
    /// Inode of the mount namespace.
    pub mnt_ns: u32,
    /// Real user id.
    pub uid: u32,
    /// Effective user id.
    pub euid: u32,
    /// Real group id.
    pub gid: u32,
    /// Audit login user id; `u32::MAX` is unset.
    pub loginuid: u32,
    /// Audit session id; `u32::MAX` is unset.
    pub session: u32,
    /// Thread name, cut at the first NUL, the rest zero.
    pub comm: [u8; crate::limits::COMM_BYTES],
}

const _: () = assert!(size_of::<Header>() == 128);

/// Declares the wire kinds: number, body, probe file, class, whether it counts as `seen`.
///
/// A *primary* record is one happening; the others complete or annotate one that was counted.
macro_rules! wires {
    ($($id:literal $kind:ident $name:literal $class:ident $primary:literal,)+) => {
        /// The kinds of record on the ring.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Wire { $( #[doc = $name] $kind = $id, )+ }
        impl Wire {
            /// Every kind, in id order.
            pub const ALL: &'static [Wire] = &[$(Wire::$kind),+];
            /// The inverse of `as u32`.
            pub const fn from_id(id: u32) -> Option<Wire> {
                match id { $($id => Some(Wire::$kind),)+ _ => None }
            }
            /// Name of the kind and of its probe's file.
            pub const fn name(self) -> &'static str { match self { $(Wire::$kind => $name,)+ } }
            /// What it is counted and switched with.
            pub const fn class(self) -> Class { match self { $(Wire::$kind => Class::$class,)+ } }
            /// Whether one record is one happening of the ledger.
            pub const fn primary(self) -> bool { match self { $(Wire::$kind => $primary,)+ } }
            /// Fixed bytes after the header.
            pub const fn body_len(self) -> usize {
                match self { $(Wire::$kind => size_of::<$kind>(),)+ }
            }
            /// Field table of the body.
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Wire::$kind => <$kind as Body>::FIELDS,)+ }
            }
        }
        $( impl OnWire for $kind { const KIND: Wire = Wire::$kind; } )+
    };
}

/// A body that has a row in the table of wire kinds.
pub trait OnWire: Body {
    /// Its row.
    const KIND: Wire;
}

wires! {
//  id  body        probe file     class     primary
     1  Exec        "exec"         PROCESS   true,
     2  Fork        "fork"         PROCESS   true,
     3  Exit        "exit"         PROCESS   true,
     4  Inventory   "inventory"    PROCESS   false,
     5  Cred        "cred"         SECURITY  true,
     6  Ptrace      "ptrace"       SECURITY  true,
     7  ProcessWrite "process_write" SECURITY true,
     8  Kill        "kill"         SECURITY  true,
     9  Namespace   "namespace"    SECURITY  true,
    10  Create      "create"       FILE      true,
    11  Dirty       "dirty"        FILE      false,
    12  Write       "write"        FILE      true,
    13  PathOp      "path_op"      FILE      true,
    14  Mount       "mount"        FILE      true,
    15  Outcome     "outcome"      FILE      false,
    40  Connect     "connect"      NETWORK   true,
    41  Connected   "connected"    NETWORK   false,
    42  Accept      "accept"       NETWORK   true,
    43  Listen      "listen"       NETWORK   true,
    44  Close       "close"        NETWORK   true,
    45  Udp         "udp"          NETWORK   true,
    46  Dns         "dns"          DNS       true,
    50  Map         "map"          IMAGE     true,
    51  Module      "module"       IMAGE     true,
    52  Bpf         "bpf"          IMAGE     true,
}

/// A record whose header, body and spans have been checked.
///
/// Holding one tells you: the kind is known, the body is complete, and every span lies inside
/// the tail. It does not tell you the values are true: a process may lie about its argv.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Fixed part.
    pub header: &'a Header,
    /// Checked kind.
    pub kind: Wire,
    body: &'a [u8],
    tail: &'a [u8],
}

impl<'a> Record<'a> {
    /// The only way in.
    ///
    /// # Errors
    /// Says which check failed; `bytes` must start at an 8-byte boundary.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = Header::ref_from_prefix(bytes).map_err(|_| Malformed::Short)?;
        if usize::try_from(header.len).ok() != Some(bytes.len()) {
            return Err(Malformed::Length);
        }
        let kind = Wire::from_id(header.kind).ok_or(Malformed::Kind)?;
        let (body, tail) = crate::record::split(rest, kind.body_len(), kind.fields())?;
        Ok(Record { header, kind, body, tail })
    }

    /// The body as its own type, if `B` is this record's kind.
    pub fn body<B: OnWire>(&self) -> Option<&'a B> {
        if B::KIND != self.kind {
            return None;
        }
        B::ref_from_prefix(self.body).ok().map(|(body, _)| body)
    }

    /// Bytes of a span of this record; `None` when absent.
    pub fn text(&self, span: crate::value::Span) -> Option<&'a [u8]> {
        crate::record::text(self.tail, span)
    }
}
