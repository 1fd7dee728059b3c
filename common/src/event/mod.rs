// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The table of event kinds: what is stored and shown. Ids are for ever: never reuse one.
use crate::names::Class;
use crate::record::{Body, Field};

mod context;
mod head;
pub use context::Context;
pub use head::Head;

mod accept;
mod bpf_load;
mod clock_step;
mod close;
mod config_change;
mod connect;
mod dns_query;
mod dns_response;
mod exec;
mod exit;
mod file_attribute;
mod file_create;
mod file_delete;
mod file_link;
mod file_mkdir;
mod file_mode;
mod file_owner;
mod file_rename;
mod file_rmdir;
mod file_symlink;
mod file_truncate;
mod file_write;
mod flow;
mod fork;
mod kill;
mod ledger;
mod library_load;
mod listen;
mod loss;
mod module_load;
mod module_unload;
mod mount;
mod namespace;
mod privilege;
mod process_write;
mod ptrace;
mod recorder_start;
mod recorder_stop;
mod running;
mod source_state;
mod unmount;
pub use accept::Accept;
pub use bpf_load::BpfLoad;
pub use clock_step::ClockStep;
pub use close::Close;
pub use config_change::ConfigChange;
pub use connect::Connect;
pub use dns_query::DnsQuery;
pub use dns_response::DnsResponse;
pub use exec::Exec;
pub use exit::Exit;
pub use file_attribute::FileAttribute;
pub use file_create::FileCreate;
pub use file_delete::FileDelete;
pub use file_link::FileLink;
pub use file_mkdir::FileMkdir;
pub use file_mode::FileMode;
pub use file_owner::FileOwner;
pub use file_rename::FileRename;
pub use file_rmdir::FileRmdir;
pub use file_symlink::FileSymlink;
pub use file_truncate::FileTruncate;
pub use file_write::FileWrite;
pub use flow::Flow;
pub use fork::Fork;
pub use kill::Kill;
pub use ledger::Ledger;
pub use library_load::LibraryLoad;
pub use listen::Listen;
pub use loss::LossEvent;
pub use module_load::ModuleLoad;
pub use module_unload::ModuleUnload;
pub use mount::Mount;
pub use namespace::Namespace;
pub use privilege::Privilege;
pub use process_write::ProcessWrite;
pub use ptrace::Ptrace;
pub use recorder_start::RecorderStart;
pub use recorder_stop::RecorderStop;
pub use running::Running;
pub use source_state::SourceState;
pub use unmount::Unmount;

/// Declares the kinds: id, body, name, class, ECS category and type, OCSF class and activity,
/// the wire kinds it is made from (none: made by the recorder), what it means.
macro_rules! kinds {
    ($($id:literal $kind:ident $name:literal $class:ident $category:literal $type:literal
       $ocsf:literal.$activity:literal [$($wire:ident)*] $about:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u32)]
        pub enum Kind { $( #[doc = $about] $kind = $id, )+ }
        impl Kind {
            /// Every kind, in id order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),+];
            /// The inverse of `as u32`.
            pub const fn from_id(id: u32) -> Option<Kind> {
                match id { $($id => Some(Kind::$kind),)+ _ => None }
            }
            /// `event.action`: the name in settings, queries and output, and of its files.
            pub const fn name(self) -> &'static str { match self { $(Kind::$kind => $name,)+ } }
            /// What it is switched and counted with.
            pub const fn class(self) -> Class { match self { $(Kind::$kind => Class::$class,)+ } }
            /// `event.category`.
            pub const fn category(self) -> &'static str {
                match self { $(Kind::$kind => $category,)+ }
            }
            /// `event.type`.
            pub const fn ecs_type(self) -> &'static str { match self { $(Kind::$kind => $type,)+ } }
            /// OCSF class and activity numbers.
            pub const fn ocsf(self) -> (u32, u32) {
                match self { $(Kind::$kind => ($ocsf, $activity),)+ }
            }
            /// Names of the wire kinds it is made from; empty for the recorder's own.
            pub const fn wires(self) -> &'static [&'static str] {
                match self { $(Kind::$kind => &[$(stringify!($wire)),*],)+ }
            }
            /// One sentence.
            pub const fn about(self) -> &'static str { match self { $(Kind::$kind => $about,)+ } }
            /// Fixed bytes of the body.
            pub const fn body_len(self) -> usize {
                match self { $(Kind::$kind => size_of::<event_type!($kind)>(),)+ }
            }
            /// Field table of the body.
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Kind::$kind => <event_type!($kind) as Body>::FIELDS,)+ }
            }
        }
        $( impl Event for event_type!($kind) { const KIND: Kind = Kind::$kind; } )+
    };
}

/// The one kind whose body cannot have its name: `Loss` is the cause.
macro_rules! event_type {
    (Loss) => {
        LossEvent
    };
    ($kind:ident) => {
        $kind
    };
}

/// A body that has a row in the table of kinds.
pub trait Event: Body {
    /// Its row.
    const KIND: Kind;
}

kinds! {
//  id  body            name              class     category    type      ocsf     made from                about
     1  Exec           "exec"             PROCESS  "process"   "start"    1007 . 1 [exec]                   "A process replaced its program image, or tried to.",
     2  Fork           "fork"             PROCESS  "process"   "start"    1007 . 1 [fork]                   "A process made a child process.",
     3  Exit           "exit"             PROCESS  "process"   "end"      1007 . 2 [exit]                   "The last thread of a process left.",
     4  Running        "running"          PROCESS  "process"   "info"     1007 . 99 [inventory]             "A process was running when recording began.",
    10  FileCreate     "file_create"      FILE     "file"      "creation" 1001 . 1 [create path_op outcome] "A file came into being.",
    11  FileWrite      "file_write"       FILE     "file"      "change"   1001 . 3 [dirty write]            "Content was changed; the process is the writer.",
//  12: kept for file_read (watch-listed files only)
    13  FileRename     "file_rename"      FILE     "file"      "change"   1001 . 5 [path_op outcome]        "A name moved.",
    14  FileDelete     "file_delete"      FILE     "file"      "deletion" 1001 . 4 [path_op outcome]        "A name was removed.",
    15  FileMode       "file_mode"        FILE     "file"      "change"   1001 . 7 [path_op outcome]        "Permission bits were changed.",
    16  FileOwner      "file_owner"       FILE     "file"      "change"   1001 . 7 [path_op outcome]        "Owner or group was changed.",
    17  FileAttribute  "file_attribute"   FILE     "file"      "change"   1001 . 6 [path_op outcome]        "An extended attribute, ACL or inode flag was set or removed.",
    18  FileTruncate   "file_truncate"    FILE     "file"      "change"   1001 . 3 [path_op outcome]        "The size was set.",
    19  FileLink       "file_link"        FILE     "file"      "creation" 1001 . 1 [path_op outcome]        "A further name was made for a file.",
    20  FileSymlink    "file_symlink"     FILE     "file"      "creation" 1001 . 1 [path_op outcome]        "A symbolic link was made.",
    21  FileMkdir      "file_mkdir"       FILE     "file"      "creation" 1001 . 1 [path_op outcome]        "A directory was made.",
    22  FileRmdir      "file_rmdir"       FILE     "file"      "deletion" 1001 . 4 [path_op outcome]        "A directory was removed.",
    23  Mount          "mount"            FILE     "file"      "change"   1001 . 12 [mount outcome]         "Something was mounted, moved or remounted.",
    24  Unmount        "unmount"          FILE     "file"      "change"   1001 . 13 [mount outcome]         "A mount was removed.",
    30  Connect        "connect"          NETWORK  "network"   "start"    4001 . 1 [connect connected]      "A TCP connection was asked for.",
    31  Accept         "accept"           NETWORK  "network"   "start"    4001 . 1 [accept]                 "A TCP connection was accepted.",
    32  Listen         "listen"           NETWORK  "network"   "info"     4001 . 7 [listen]                 "A socket began to listen.",
    33  Close          "close"            NETWORK  "network"   "end"      4001 . 2 [close]                  "A TCP connection ended.",
    34  Flow           "flow"             NETWORK  "network"   "info"     4001 . 6 [udp]                    "UDP datagrams between a process and a peer, until idle.",
    40  DnsQuery       "dns_query"        DNS      "network"   "protocol" 4003 . 1 [dns]                    "A process asked a name server.",
    41  DnsResponse    "dns_response"     DNS      "network"   "protocol" 4003 . 2 [dns]                    "A name server answered.",
    50  LibraryLoad    "library_load"     IMAGE    "library"   "start"    1005 . 1 [map exec]               "A shared object was mapped executable, once for each process.",
    51  ModuleLoad     "module_load"      IMAGE    "driver"    "start"    1005 . 1 [module]                 "A kernel module was loaded.",
    52  ModuleUnload   "module_unload"    IMAGE    "driver"    "end"      1005 . 2 [module]                 "A kernel module was removed.",
    53  BpfLoad        "bpf_load"         IMAGE    "driver"    "start"    1005 . 1 [bpf]                    "An eBPF program was loaded.",
    70  Privilege      "privilege"        SECURITY "process"   "change"   1007 . 5 [cred exec]              "The credentials of a process changed.",
    71  Ptrace         "ptrace"           SECURITY "process"   "access"   1007 . 3 [ptrace]                 "A process attached to another with ptrace.",
    72  ProcessWrite   "process_write"    SECURITY "process"   "access"   1007 . 4 [process_write]          "Memory of another process was written.",
    73  Kill           "kill"             SECURITY "process"   "access"   1007 . 99 [kill]                  "A signal was sent to a process of another user.",
    74  Namespace      "namespace"        SECURITY "process"   "change"   1007 . 99 [namespace]             "A process left or joined namespaces.",
    90  RecorderStart  "recorder_start"   RECORDER "host"      "start"    6002 . 3 []                       "The recorder began.",
    91  RecorderStop   "recorder_stop"    RECORDER "host"      "end"      6002 . 4 []                       "The recorder ended in order.",
    92  ConfigChange   "config_change"    RECORDER "configuration" "change" 6002 . 99 []                    "A setting changed while recording.",
    93  Loss           "loss"             RECORDER "host"      "error"    6002 . 99 []                      "Events of a class were lost between two times.",
    94  Ledger         "ledger"           RECORDER "host"      "info"     6002 . 99 []                      "The balance of one class since the recorder began.",
    95  SourceState    "source_state"     RECORDER "host"      "change"   6002 . 99 []                      "A source or hook is degraded, or whole again.",
    96  ClockStep      "clock_step"       RECORDER "host"      "change"   6002 . 99 []                      "The wall clock jumped against the boot clock.",
}
