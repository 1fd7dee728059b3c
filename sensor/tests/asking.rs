// SPDX-License-Identifier: Apache-2.0
//! The verbs that ask, as people run them: the binary, against a store written here.
mod made;

use common::event::{Exec, Exit, FileWrite, Fork, LossEvent, RecorderStart};
use common::loss::Loss;
use common::names::Class;
use common::value::{Device, ProcessKey, Text, Time};
use made::{Made, Process};
use sensor::event::Event;
use sensor::store::{ContextRef, Options, Row, Writer};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// 2026-11-22T12:00:00Z
const NOON: u64 = 1_795_348_800_000_000_000;
const SECOND: u64 = 1_000_000_000;

/// A directory that goes away.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Dir {
        let dir = std::env::temp_dir().join(format!("tarsier-{name}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("settings")).unwrap();
        Dir(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Appends events, giving each content of a context one id, as the pipeline must.
struct Pen {
    writer: Writer,
    ids: HashMap<Vec<u8>, u64>,
}

impl Pen {
    fn new(dir: &Dir) -> Pen {
        let options = Options { commit_interval_ms: 20, ..Options::default() };
        let (writer, _) = Writer::open(&dir.0.join("store"), options).unwrap();
        Pen { writer, ids: HashMap::new() }
    }

    fn write(&mut self, event: &Event) {
        use zerocopy::IntoBytes;
        let mut content = event.context.as_bytes().to_vec();
        content.extend_from_slice(&event.context_tail);
        let next = self.ids.len() as u64 + 1;
        let id = *self.ids.entry(content).or_insert(next);
        let row = Row {
            head: event.head,
            context: ContextRef { id, fixed: &event.context, tail: &event.context_tail },
            kind: event.kind,
            body: &event.body,
            tail: &event.tail,
        };
        self.writer.append(&row).unwrap();
    }
}

fn our_namespace() -> u32 {
    u32::try_from(std::fs::metadata("/proc/self/ns/mnt").unwrap().ino()).unwrap()
}

fn process(pid: u32, parent: u32, name: &'static str, args: &'static str) -> Process {
    Process { pid, parent, name, args, mnt_ns: our_namespace(), ..Process::default() }
}

fn fork(child: u32) -> Made {
    Made::new(|_| Fork { child: Process::key(child), child_pid: child, ..Fork::ABSENT })
}

fn exec(path: &str) -> Made {
    Made::new(|t| Exec { path: Text(t.add(path.as_bytes())), ..Exec::ABSENT })
}

fn write(path: &str, size: u64) -> Made {
    Made::new(|t| FileWrite { path: Text(t.add(path.as_bytes())), size, ..FileWrite::ABSENT })
}

fn exit(code: i32) -> Made {
    Made::new(|_| Exit { exit_code: code, ..Exit::ABSENT })
}

/// init makes a shell, the shell an editor; the editor changes a file; so does a container.
fn a_day() -> Vec<Event> {
    let init = process(1, 0, "init", "/sbin/init\0");
    let shell = process(100, 1, "bash", "bash\0-l\0");
    let editor = process(200, 100, "vi", "vi\0/srv/plan b\0");
    let root =
        Process { uid: 0, user: "root", ..process(300, 100, "cp", "cp\0/tmp/x\0/srv/plan b\0") };
    let boxed = Process {
        mnt_ns: 7,
        container: Some("0123456789abcdef0123"),
        ..process(400, 1, "sed", "sed\0-i\0/srv/plan b\0")
    };
    let at = |n: u64| NOON + n * SECOND;
    let begin = Made::new(|t| RecorderStart {
        boot_id: Text(t.add(b"3b9d-boot")),
        version: Text(t.add(b"0.1.0")),
        ..RecorderStart::ABSENT
    });
    let lost = Made::new(|_| LossEvent {
        start: Time(at(7)),
        end: Time(at(8)),
        count: 17,
        class: Class::FILE,
        cause: Loss::RING_FULL,
    });
    vec![
        begin.at(at(0)).by(&init).event(),
        fork(100).by(&init).at(at(1)).event(),
        exec("/usr/bin/bash").by(&shell).at(at(1)).event(),
        fork(200).by(&shell).at(at(2)).event(),
        exec("/usr/bin/vi").by(&editor).at(at(2)).event(),
        write("/srv/plan b", 5).by(&editor).at(at(3)).event(),
        Made::rename(b"/srv/.plan.swp", b"/srv/plan b").by(&editor).at(at(4)).event(),
        write("/srv/plan c", 5).by(&editor).at(at(4)).event(),
        exit(0).by(&editor).at(at(5)).event(),
        fork(300).by(&shell).at(at(5)).event(),
        write("/srv/plan b", 9).by(&root).at(at(6)).event(),
        exit(1).by(&root).at(at(6)).event(),
        write("/srv/plan b", 7).by(&boxed).at(at(7)).event(),
        lost.by(&init).at(at(9)).event(),
    ]
}

fn store_of(name: &str, events: &[Event]) -> Dir {
    let dir = Dir::new(name);
    let mut pen = Pen::new(&dir);
    events.iter().for_each(|event| pen.write(event));
    pen.writer.publish();
    pen.writer.close().unwrap();
    dir
}

fn tarsier(dir: &Dir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tarsier"));
    command.arg("--config-dir").arg(dir.0.join("settings"));
    command.arg("-w").arg(format!("store.path={}", dir.0.join("store").display()));
    command.arg("-w").arg(format!("control.socket={}", dir.0.join("socket").display()));
    command.arg("--utc").env("NO_COLOR", "1");
    command
}

fn ask(dir: &Dir, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = tarsier(dir).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn queries_find_count_and_say_what_is_unknown() {
    let dir = store_of("query", &a_day());
    let (code, out, err) = ask(&dir, &["query", "event.action in (write, rename)"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().count(), 5, "{out}");
    assert!(out.lines().next().unwrap().contains("sed[400]"), "newest first: {out}");
    let lost = "unknown from 2026-11-22 12:00:07.000 to 2026-11-22 12:00:08.000: \
                17 file events were not seen";
    assert!(err.contains(lost), "{err}");
    assert!(err.contains("unknown after 2026-11-22 12:00:09.000: no recorder is running"), "{err}");

    let (code, out, err) = ask(&dir, &["query", "event.action = exit", "--count"]);
    assert_eq!((code, out.as_str()), (0, "2\n"));
    assert!(!err.contains("file events"), "exits were not lost: {err}");

    let (code, out, _) = ask(&dir, &["query", "process.pid = 99"]);
    assert_eq!((code, out.as_str()), (1, ""));

    let (code, out, err) = ask(&dir, &["query", "", "--limit", "2", "--oldest-first", "--json"]);
    assert_eq!(code, 0, "{err}");
    let first: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"]["action"], "recorder_start");
    assert_eq!(out.lines().count(), 2);
    let second: serde_json::Value = serde_json::from_str(out.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["tarsier"]["boot_id"], "3b9d-boot");
    assert_eq!(second["@timestamp"], "2026-11-22T12:00:01.000000000Z");

    let window = ["--since", "2026-11-22T12:00:04Z", "--until", "2026-11-22T12:00:05Z"];
    let (_, out, _) = ask(&dir, &[&["query", "--explain", ""], &window[..]].concat());
    assert_eq!(out.lines().count(), 2, "{out}");
    let (_, _, err) = ask(&dir, &["query", "file.name = x", "--since", "2026-11-21"]);
    assert!(err.contains("unknown before 2026-11-22 12:00:00.000: the history begins"), "{err}");
}

#[test]
fn a_wrong_query_is_shown_with_its_place() {
    let dir = store_of("wrong", &[]);
    let (code, out, err) = ask(&dir, &["query", "file.pat = x"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("unknown field `file.pat` at column 1"), "{err}");
    assert!(err.contains("^^^^^^^^ did you mean file.path?"), "{err}");
    let (code, _, err) = ask(&dir, &["query", "--since", "soon"]);
    assert_eq!(code, 2);
    assert!(err.contains("`soon` is not a time"), "{err}");
    let empty = Dir::new("nothing");
    let (code, _, err) = ask(&empty, &["query"]);
    assert_eq!(code, 3);
    assert!(err.contains("cannot open the store"), "{err}");
}

#[test]
fn who_names_everybody_who_touched_a_path() {
    let dir = store_of("who", &a_day());
    let (code, out, err) = ask(&dir, &["who", "/srv/plan b"]);
    assert_eq!(code, 0, "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[0].starts_with("TIME") && lines[0].ends_with("COMMAND LINE"));
    assert!(lines[1].contains("root (login ") && lines[1].contains("cp[300]"), "{out}");
    assert!(lines[1].contains("size 9"), "{out}");
    assert!(lines[2].contains("file_rename") && lines[2].contains("from /srv/.plan.swp"), "{out}");
    assert!(lines[3].contains("vi /srv/plan b"), "{out}");
    assert!(err.contains("17 file events were not seen"), "{err}");

    let (_, out, _) = ask(&dir, &["who", "/srv/../srv/./plan b", "--everywhere"]);
    assert!(out.contains("sed[400]") && out.contains("0123456789ab"), "{out}");
    assert_eq!(out.lines().count(), 5, "{out}");
    let (_, out, err) = ask(&dir, &["who", "/srv/plan b", "--limit", "1", "--json"]);
    assert_eq!(out.lines().count(), 1);
    assert!(err.contains("there are more"), "{err}");
    let (_, out, _) = ask(&dir, &["who", "/srv/.plan.swp"]);
    assert_eq!(out.lines().count(), 2, "the old name was touched as well: {out}");
    let (code, _, _) = ask(&dir, &["who", "/srv/nobody"]);
    assert_eq!(code, 1);
}

#[test]
fn who_knows_a_file_under_another_name() {
    let dir = Dir::new("inode");
    let file = dir.0.join("file");
    std::fs::write(&file, "x").unwrap();
    let meta = std::fs::metadata(&file).unwrap();
    let device = rustix::fs::major(meta.dev()) << 20 | rustix::fs::minor(meta.dev());
    let born = meta.created().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    let born = u64::try_from(born.as_nanos()).unwrap();
    let write = |inode| {
        Made::new(|t| FileWrite {
            path: Text(t.add(b"/some/other/name")),
            device: Device(device),
            inode,
            ..FileWrite::ABSENT
        })
    };
    let mut pen = Pen::new(&dir);
    pen.write(
        &write(meta.ino()).at(born - 3600 * SECOND).by(&process(7, 1, "before", "x")).event(),
    );
    pen.write(&write(meta.ino()).at(born + SECOND).by(&process(8, 1, "same", "x")).event());
    pen.write(&write(meta.ino() + 1).at(born + SECOND).by(&process(9, 1, "other", "x")).event());
    pen.writer.publish();
    pen.writer.close().unwrap();
    let (code, out, err) = ask(&dir, &["who", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("same[8]") && out.contains("/some/other/name"), "{out}");
    assert_eq!(out.lines().count(), 2, "an inode is used again, and others are others: {out}");
}

#[test]
fn trees_show_where_a_process_came_from_and_what_came_of_it() {
    let dir = store_of("tree", &a_day());
    let (code, out, err) = ask(&dir, &["tree", "100"]);
    assert_eq!(code, 0, "{err}");
    let expect = "\
1 init ann [2026-11-22 11:46:40.000]  /sbin/init
  *100 bash ann [2026-11-22 11:46:40.000]  bash -l
    200 vi ann [2026-11-22 11:46:40.000 - 2026-11-22 12:00:05.000 exit 0]  vi /srv/plan b
    300 cp root [2026-11-22 11:46:40.000 - 2026-11-22 12:00:06.000 exit 1]  cp /tmp/x /srv/plan b
";
    assert_eq!(out, expect);
    let (_, out, _) = ask(&dir, &["tree", "200-rs", "--json"]);
    let rows: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["process"]["exit_code"], 0);
    assert_eq!(rows[2]["tarsier"]["tree"]["relation"], "subject");
    assert_eq!(rows[0]["process"]["command_line"], "/sbin/init");
    assert_eq!(ask(&dir, &["tree", "999"]).0, 1);
    assert_eq!(ask(&dir, &["tree", "x"]).0, 2);
}

#[test]
fn a_pid_means_the_newest_process_that_had_it() {
    let old = Process { name: "old", ..process(55, 1, "old", "old\0") };
    let mut first = exit(0).by(&old).at(NOON).event();
    first.context.process = ProcessKey { start_ns: 5, pid: 55 };
    let new = exit(0).by(&process(55, 1, "new", "new\0")).at(NOON + 60 * SECOND).event();
    let mut new = new;
    new.context.start = Time(NOON + 30 * SECOND);
    let dir = store_of("reuse", &[first, new]);
    assert!(ask(&dir, &["tree", "55"]).1.contains("*55 new"));
    let (_, out, err) = ask(&dir, &["tree", "55", "--at", "2026-11-22T12:00:10Z"]);
    assert!(out.contains("*55 old"), "{out}{err}");
    let (_, out, _) = ask(&dir, &["tree", "55", "--at", "2026-11-22T12:00:40Z"]);
    assert!(out.contains("*55 new"), "idle then, but started: {out}");
}

#[test]
fn timelines_are_oldest_first() {
    let dir = store_of("timeline", &a_day());
    let actions = |args: &[&str]| -> Vec<String> {
        let (_, out, _) = ask(&dir, &[&["timeline", "--json"], args].concat());
        let rows = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        rows.map(|row| row["event"]["action"].as_str().unwrap().to_owned()).collect()
    };
    let editor = ["fork", "exec", "file_write", "file_rename", "file_write", "exit"];
    assert_eq!(actions(&["--process", "200"]), editor);
    assert_eq!(actions(&["--path", "/srv/plan b"]), ["file_write", "file_rename", "file_write"]);
    assert_eq!(actions(&["--user", "root"]), ["file_write", "exit"]);
    assert_eq!(ask(&dir, &["timeline"]).0, 2);
}

#[test]
fn tail_follows_and_ends_at_an_interrupt() {
    let dir = Dir::new("tail");
    let mut pen = Pen::new(&dir);
    pen.write(&write("/srv/before", 1).event());
    pen.writer.publish();
    std::thread::sleep(Duration::from_millis(100));
    let mut tail = tarsier(&dir)
        .args(["tail", "event.action = write", "-n", "5"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("/srv/before"));
    for round in 0..3 {
        pen.write(&exit(0).event());
        pen.write(&write("/srv/live", round).event());
        pen.writer.publish();
        let began = Instant::now();
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains(&format!("/srv/live size {round}")), "{line}");
        assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
    }
    // The recorder restarts: the same reader goes on.
    pen.writer.close().unwrap();
    let mut pen = Pen::new(&dir);
    pen.write(&write("/srv/after", 1).event());
    pen.writer.publish();
    assert!(lines.next().unwrap().unwrap().contains("/srv/after"));
    let pid = rustix::process::Pid::from_raw(i32::try_from(tail.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}

#[test]
fn a_number_is_found_in_sealed_blocks_and_in_the_journal() {
    let dir = Dir::new("number");
    let mut pen = Pen::new(&dir);
    let file = |inode| Made::new(|_| FileWrite { inode, ..FileWrite::ABSENT }).event();
    for inode in [7, 8, 9, 7] {
        pen.write(&file(inode));
        pen.write(&exit(0).event());
    }
    pen.writer.publish();
    std::thread::sleep(Duration::from_millis(100));
    let count = |query: &str| ask(&dir, &["query", query, "--count"]).1;
    let all = ["2\n", "0\n", "0\n", "1\n"];
    let queries = [
        "file.inode = 7",
        "file.inode = 6",
        "process.exit_code = 7",
        "file.inode = 8 and exists user.id",
    ];
    assert_eq!(queries.map(count), all, "in the journal");
    pen.writer.close().unwrap();
    assert_eq!(queries.map(count), all, "sealed");
}
