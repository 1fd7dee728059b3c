// SPDX-License-Identifier: Apache-2.0
//! The process table: one entry for each process key, fed by records in their order.
//!
//! An entry is a [`Context`] (what events refer to) under a number that changes whenever the
//! content does. Exited processes stay for a while, because closes come after exits.
use super::container::Containers;
use super::user::Users;
use crate::event::{Drafts, Moment, Who};
use common::event::{Context, Privilege};
use common::names::{Capabilities, EventFlags, Source, Via};
use common::record::text;
use common::value::{BootTime, Errno, ProcessKey, Span, Text, TextList, Time, Typed};
use common::wire::{Cred, Exec, Fork, Header, Inventory, Record, Wire};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// Exited processes kept at most, whatever `process.expire_s` says.
pub const EXITED_MAX: usize = 8_192;
/// Processes kept at most; the kernel's own limit is usually 32 768 or 4 M.
const PROCESSES_MAX: usize = 65_536;

/// One state of one process, as the store wants it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Changes whenever the content does; never used twice by one recorder.
    pub id: u64,
    /// Fixed part.
    pub fixed: &'a Context,
    /// Texts.
    pub tail: &'a [u8],
}

/// Every process of the host that is alive or has just gone.
#[derive(Debug)]
pub struct Processes {
    table: HashMap<ProcessKey, Process, BuildHasherDefault<KeyHasher>>,
    exited: VecDeque<(u64, ProcessKey)>,
    users: Users,
    containers: Containers,
    recorder: Process,
    nobody: Process,
    next_id: u64,
    wall_offset_ns: u64,
    expire_ns: u64,
}

#[derive(Clone, Debug)]
struct Process {
    /// 0 until an event needs it.
    id: u64,
    context: Context,
    tail: Vec<u8>,
    /// What the next exec is compared with: as the last header or credential record left it.
    credentials: Credentials,
    /// [`Containers::generation`] when the cgroup was last looked for in vain.
    unplaced_at: Option<u64>,
}

/// Keys are already well spread: two multiplications do.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(26) ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Processes {
    /// An empty table; `recorder` is the recorder's own key and executable.
    pub fn new(recorder: ProcessKey, executable: &[u8], args: &[u8], expire_s: u32) -> Processes {
        let users = Users::of_host();
        let (uid, euid) = (rustix::process::getuid(), rustix::process::geteuid());
        let texts = Texts {
            name: Some(b"tarsier"),
            executable: Some(executable),
            args: Some(args),
            user_name: users.name(uid.as_raw()),
            effective_user_name: users.name(euid.as_raw()),
            ..Texts::default()
        };
        let mut own = Process::unknown(recorder);
        own.context.uid = uid.as_raw();
        own.context.euid = euid.as_raw();
        own.write(&texts);
        Processes {
            table: HashMap::default(),
            exited: VecDeque::new(),
            users,
            containers: Containers::of_host(),
            recorder: own,
            nobody: Process::unknown(ProcessKey::ABSENT),
            next_id: 1,
            wall_offset_ns: 0,
            expire_ns: u64::from(expire_s) * 1_000_000_000,
        }
    }

    /// Wall clock minus boot clock, for start times; call before the first record.
    pub fn set_wall_offset(&mut self, offset_ns: u64) {
        self.wall_offset_ns = offset_ns;
    }

    /// A live change of `process.expire_s`.
    pub fn set_expiry(&mut self, expire_s: u32) {
        self.expire_ns = u64::from(expire_s) * 1_000_000_000;
    }

    /// How many processes are in the table.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Learns from a record, before the events it becomes ask for their context. A set-id exec
    /// is two consecutive states of one process: it is told here, where both are known.
    pub fn observe(&mut self, record: &Record<'_>, out: &mut Drafts) {
        match record.kind {
            Wire::Exec => {
                if let Some(exec) = record.body::<Exec>() {
                    self.exec(record, exec, out);
                }
            }
            Wire::Fork => {
                if let Some(fork) = record.body::<Fork>() {
                    self.fork(record.header, fork);
                }
            }
            Wire::Inventory => {
                if let Some(running) = record.body::<Inventory>() {
                    self.program(record, &running.0);
                }
            }
            Wire::Cred => {
                if let Some(cred) = record.body::<Cred>().filter(|cred| cred.result == Errno(0)) {
                    self.change_credentials(record.header, cred);
                }
            }
            Wire::Exit => {
                self.exited.push_back((record.header.time_ns, record.header.process));
            }
            _ => {}
        }
    }

    /// The context of an event.
    pub fn context_of(&mut self, who: &Who) -> Known<'_> {
        let entry = match who {
            Who::Header(header) => {
                let by_key_only = header.flags & EventFlags::OWNER_ONLY.0 != 0;
                if by_key_only { self.find(header.process) } else { self.current(header) }
            }
            Who::Process(key) => self.find(*key),
            Who::Recorder => (&mut self.recorder, &mut self.next_id),
        };
        let (entry, next_id) = entry;
        if entry.id == 0 {
            entry.id = *next_id;
            *next_id += 1;
        }
        Known { id: entry.id, fixed: &entry.context, tail: &entry.tail }
    }

    /// Forgets processes that ended long ago; call about once a second.
    pub fn expire(&mut self, now_ns: u64) {
        while let Some((at, key)) = self.exited.front() {
            let old = now_ns.saturating_sub(*at) > self.expire_ns;
            if !old && self.exited.len() <= EXITED_MAX {
                break;
            }
            self.table.remove(key);
            self.exited.pop_front();
        }
        if self.users.refresh() {
            for entry in self.table.values_mut() {
                entry.name_users(&self.users);
            }
        }
    }

    /// By key; somebody we never heard of has a key and nothing else.
    fn find(&mut self, key: ProcessKey) -> (&mut Process, &mut u64) {
        match self.table.get_mut(&key) {
            Some(entry) => (entry, &mut self.next_id),
            None => {
                if self.nobody.context.process != key {
                    self.nobody = Process::unknown(key);
                }
                (&mut self.nobody, &mut self.next_id)
            }
        }
    }

    /// The entry of a header's process, brought up to date with the header.
    fn current(&mut self, header: &Header) -> (&mut Process, &mut u64) {
        self.make_room();
        let wall = self.wall_offset_ns;
        let entry =
            self.table.entry(header.process).or_insert_with(|| Process::of_header(header, wall));
        entry.update(header, &self.users, &mut self.containers);
        (entry, &mut self.next_id)
    }

    /// An exit that was lost would leave its process for ever: the oldest go when it is too much.
    fn make_room(&mut self) {
        if self.table.len() < PROCESSES_MAX {
            return;
        }
        let mut starts: Vec<u64> = self.table.keys().map(|key| key.start_ns).collect();
        let middle = starts.len() / 2;
        let (_, median, _) = starts.select_nth_unstable(middle);
        let median = *median;
        self.table.retain(|key, _| key.start_ns >= median);
    }

    fn exec(&mut self, record: &Record<'_>, exec: &Exec, out: &mut Drafts) {
        if exec.result != Errno(0) {
            return;
        }
        let header = record.header;
        let was = self.table.get(&header.process).map(|entry| entry.credentials);
        self.program(record, exec);
        if let Some(was) = was {
            tell_set_id(header, exec, &was, out);
        }
    }

    /// A credential record's header still has the old ids; what comes next has the new ones.
    fn change_credentials(&mut self, header: &Header, cred: &Cred) {
        let (entry, _) = self.current(header);
        entry.credentials = Credentials {
            uid: cred.uid,
            euid: cred.euid,
            gid: cred.gid,
            capabilities: Some(cred.capabilities),
        };
    }

    /// The process runs this program now.
    fn program(&mut self, record: &Record<'_>, exec: &Exec) {
        let header = record.header;
        let (entry, _) = self.current(header);
        entry.context.executable_inode = exec.inode;
        entry.context.executable_size = exec.size;
        entry.context.executable_mtime = exec.mtime;
        entry.context.executable_ctime = exec.ctime;
        entry.context.executable_device = exec.device;
        entry.context.args_count = exec.args_count;
        entry.credentials = Credentials {
            uid: header.uid,
            euid: header.euid,
            gid: header.gid,
            capabilities: Some(exec.capabilities),
        };
        let old = std::mem::take(&mut entry.tail);
        let texts = Texts {
            name: Some(comm(header)),
            executable: record.text(exec.executable.0),
            args: record.text(exec.args.0),
            working_directory: record.text(exec.cwd.0),
            ..Texts::of(&entry.context, &old)
        };
        entry.write(&texts);
    }

    fn fork(&mut self, header: &Header, fork: &Fork) {
        self.make_room();
        let wall = self.wall_offset_ns;
        let (parent, _) = self.current(header);
        let mut child = parent.clone();
        child.id = 0;
        child.context.process = fork.child;
        child.context.pid = u32::try_from(fork.child.pid).unwrap_or(u32::MAX);
        child.context.ns_pid = fork.child_ns_pid;
        child.context.pid_ns = fork.child_pid_ns;
        child.context.mnt_ns = fork.child_mnt_ns;
        child.context.parent = header.process;
        child.context.parent_pid = u32::try_from(header.process.pid).unwrap_or(u32::MAX);
        child.context.start_boot = BootTime(fork.child.start_ns);
        child.context.start = Time(fork.child.start_ns.wrapping_add(wall));
        self.table.insert(fork.child, child);
    }
}

/// What an exec may change without asking.
#[derive(Clone, Copy, Debug)]
struct Credentials {
    uid: u32,
    euid: u32,
    gid: u32,
    capabilities: Option<Capabilities>,
}

fn tell_set_id(header: &Header, exec: &Exec, was: &Credentials, out: &mut Drafts) {
    let ids_changed = (was.uid, was.euid, was.gid) != (header.uid, header.euid, header.gid);
    let gained = was.capabilities.is_some_and(|old| old != exec.capabilities);
    if !ids_changed && !gained {
        return;
    }
    let at = Moment { source: Source::EBPF, ..Moment::of(header) };
    out.push::<Privilege>(&Who::Header(*header), at, |_| Privilege {
        uid_old: was.uid,
        uid: header.uid,
        euid_old: was.euid,
        euid: header.euid,
        gid_old: was.gid,
        gid: header.gid,
        capabilities_old: was.capabilities.unwrap_or(Capabilities::ABSENT),
        capabilities: exec.capabilities,
        via: Via::EXEC,
        ..Privilege::ABSENT
    });
}

/// The texts of a context, before they have a place in a tail.
#[derive(Clone, Copy, Debug, Default)]
struct Texts<'a> {
    name: Option<&'a [u8]>,
    executable: Option<&'a [u8]>,
    args: Option<&'a [u8]>,
    working_directory: Option<&'a [u8]>,
    user_name: Option<&'a [u8]>,
    effective_user_name: Option<&'a [u8]>,
    container_id: Option<&'a [u8]>,
    pod_uid: Option<&'a [u8]>,
    unit: Option<&'a [u8]>,
}

impl<'a> Texts<'a> {
    fn of(context: &Context, tail: &'a [u8]) -> Texts<'a> {
        let at = |span: Span| if span == Span::ABSENT { None } else { text(tail, span) };
        Texts {
            name: at(context.name.0),
            executable: at(context.executable.0),
            args: at(context.args.0),
            working_directory: at(context.working_directory.0),
            user_name: at(context.user_name.0),
            effective_user_name: at(context.effective_user_name.0),
            container_id: at(context.container_id.0),
            pod_uid: at(context.pod_uid.0),
            unit: at(context.unit.0),
        }
    }
}

impl Process {
    fn unknown(key: ProcessKey) -> Process {
        let context = Context {
            process: key,
            pid: u32::try_from(key.pid).unwrap_or(u32::MAX),
            ..Context::ABSENT
        };
        Process {
            id: 0,
            context,
            tail: Vec::new(),
            credentials: Credentials {
                uid: u32::MAX,
                euid: u32::MAX,
                gid: u32::MAX,
                capabilities: None,
            },
            unplaced_at: None,
        }
    }

    fn of_header(header: &Header, wall_offset_ns: u64) -> Process {
        let mut process = Process::unknown(header.process);
        let context = &mut process.context;
        context.parent = header.parent;
        context.parent_pid = u32::try_from(header.parent.pid).unwrap_or(u32::MAX);
        context.start_boot = BootTime(header.process.start_ns);
        context.start = Time(header.process.start_ns.wrapping_add(wall_offset_ns));
        context.ns_pid = header.ns_pid;
        context.pid_ns = header.pid_ns;
        let texts = Texts { name: Some(comm(header)), ..Texts::default() };
        process.write(&texts);
        process
    }

    /// Lays the texts out anew; the content changed, so the number does.
    fn write(&mut self, texts: &Texts<'_>) {
        let mut tail = Vec::with_capacity(64 + texts.args.map_or(0, <[u8]>::len));
        let mut put = |bytes: Option<&[u8]>| match bytes {
            None => Span::ABSENT,
            Some(bytes) => {
                let start = u16::try_from(tail.len()).unwrap_or(u16::MAX);
                let room = usize::from(u16::MAX - 1).saturating_sub(tail.len());
                let kept = bytes.get(..room).unwrap_or(bytes);
                tail.extend_from_slice(kept);
                Span { start, len: u16::try_from(kept.len()).unwrap_or(0) }
            }
        };
        self.context.name = Text(put(texts.name));
        self.context.executable = Text(put(texts.executable));
        self.context.args = TextList(put(texts.args));
        self.context.working_directory = Text(put(texts.working_directory));
        self.context.user_name = Text(put(texts.user_name));
        self.context.effective_user_name = Text(put(texts.effective_user_name));
        self.context.container_id = Text(put(texts.container_id));
        self.context.pod_uid = Text(put(texts.pod_uid));
        self.context.unit = Text(put(texts.unit));
        self.tail = tail;
        self.id = 0;
    }

    /// Takes over what a header says, if anything changed. Only the leader names the process:
    /// thread names come and go.
    fn update(&mut self, header: &Header, users: &Users, containers: &mut Containers) {
        let ids_same = self.context.uid == header.uid && self.context.euid == header.euid;
        let rest_same = self.context.gid == header.gid
            && self.context.loginuid == header.loginuid
            && self.context.session == header.session
            && self.context.mnt_ns == header.mnt_ns;
        let place_same = self.context.cgroup_id == header.cgroup_id
            && self.unplaced_at.is_none_or(|at| at == containers.generation());
        let leader = u64::from(header.tid) == header.process.pid;
        let name_same = !leader || text(&self.tail, self.context.name.0) == Some(comm(header));
        if ids_same && rest_same && place_same && name_same {
            return;
        }
        self.context.uid = header.uid;
        self.context.euid = header.euid;
        self.context.gid = header.gid;
        self.context.loginuid = header.loginuid;
        self.context.session = header.session;
        self.context.mnt_ns = header.mnt_ns;
        self.context.cgroup_id = header.cgroup_id;
        self.credentials.uid = header.uid;
        self.credentials.euid = header.euid;
        self.credentials.gid = header.gid;
        self.id = 0;
        let old = std::mem::take(&mut self.tail);
        let mut texts = Texts::of(&self.context, &old);
        if leader {
            texts.name = Some(comm(header));
        }
        texts.user_name = users.name(header.uid);
        texts.effective_user_name = users.name(header.euid);
        let placement = containers.placement(header.cgroup_id).cloned();
        self.unplaced_at = placement.is_none().then(|| containers.generation());
        let placement = placement.unwrap_or_default();
        self.context.runtime = placement.runtime.unwrap_or(Typed::ABSENT);
        texts.container_id = placement.container_id.as_ref().map(String::as_bytes);
        texts.pod_uid = placement.pod_uid.as_ref().map(String::as_bytes);
        texts.unit = placement.unit.as_ref().map(String::as_bytes);
        self.write(&texts);
    }

    /// Names anew after the list of users changed.
    fn name_users(&mut self, users: &Users) {
        let old = std::mem::take(&mut self.tail);
        let texts = Texts::of(&self.context, &old);
        let named = Texts {
            user_name: users.name(self.context.uid),
            effective_user_name: users.name(self.context.euid),
            ..texts
        };
        let same = named.user_name == texts.user_name
            && named.effective_user_name == texts.effective_user_name;
        if same {
            self.tail = old;
        } else {
            self.write(&named);
        }
    }
}

/// A header's thread name, cut at its NUL.
fn comm(header: &Header) -> &[u8] {
    let end = header.comm.iter().position(|byte| *byte == 0).unwrap_or(header.comm.len());
    header.comm.get(..end).unwrap_or(&[])
}

#[cfg(test)]
mod tests;
