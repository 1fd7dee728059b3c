// SPDX-License-Identifier: Apache-2.0
//! Settings as a person meets them: the shipped file, help, errors, layers, merges, `set`.
//!
//! Texts are compared with `fixtures/config/`; `BLESS=1` writes them anew after a change that was
//! meant.
use e2e::golden;
use e2e::program::{Run, tarsier};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory of settings, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let name = format!("tarsier-config-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary directory can be written");
        Scratch(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("our own directory can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file was written before")
    }

    /// `text` with our directory called DIR.
    fn hidden(&self, text: &str) -> String {
        text.replace(&self.0.display().to_string(), "DIR")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {why}", self.0.display());
        }
    }
}

/// Runs `tarsier --config-dir DIR …`.
fn config(scratch: &Scratch, args: &[&str]) -> Run {
    let directory = scratch.path().display().to_string();
    let mut all = vec!["--config-dir", &directory];
    all.extend(args);
    tarsier(&all)
}

fn value(scratch: &Scratch, key: &str) -> String {
    config(scratch, &["config", "get", key]).ok().trim_end().to_owned()
}

fn origins(scratch: &Scratch, key: &str) -> Vec<String> {
    let text = config(scratch, &["config", "get", key, "--json"]).ok();
    let object: Value = serde_json::from_str(&text).expect("one JSON object");
    let list = object["origin"].as_array().expect("a list of origins");
    list.iter().filter_map(|origin| Some(scratch.hidden(origin.as_str()?))).collect()
}

#[test]
fn the_default_file_is_the_table() {
    let text = tarsier(&["config", "default"]).ok();
    golden::check("config/default.conf", &text);
    let scratch = Scratch::new("default");
    scratch.write("10-all.conf", &text.replace("\n#", "\n").replace("\n ", "\n# "));
    let list = config(&scratch, &["config", "list", "--json"]).ok();
    for line in list.lines() {
        let row: Value = serde_json::from_str(line).expect("one JSON object a line");
        assert_eq!(row["value"], row["default"], "the default file says the default: {row}");
        assert_ne!(row["origin"][0], "default", "the default file sets every key: {row}");
    }
}

#[test]
fn help_is_the_table() {
    let scratch = Scratch::new("help");
    golden::check("config/explain.txt", &config(&scratch, &["config", "explain"]).ok());
}

#[test]
fn every_mistake_is_named_at_once() {
    let scratch = Scratch::new("errors");
    scratch.write("20-wrong.conf", include_str!("fixtures/config/wrong.conf"));
    let run = config(&scratch, &["config", "list", "-w", "log.level=loud", "-w", "nonsense"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
    golden::check("config/wrong.txt", &scratch.hidden(&run.err));
    let record = config(&scratch, &["record"]);
    assert_eq!(record.code, 2, "a recorder does not start with wrong settings: {record:?}");
}

#[test]
fn bounds_hold_at_both_ends() {
    let scratch = Scratch::new("bounds");
    for (setting, code) in [
        ("store.max_size_mb=0", 0),
        ("store.max_size_mb=1", 2),
        ("store.max_size_mb=15", 2),
        ("store.max_size_mb=16", 0),
        ("store.max_size_mb=99999999999999999999", 2),
        ("store.commit_interval_ms=5000", 0),
        ("store.commit_interval_ms=5001", 2),
        ("store.mode=0640", 0),
        ("store.mode=0750", 2),
        ("store.path=relative", 2),
        ("store.path=", 2),
        ("ebpf.ring_mb=8", 0),
        ("ebpf.ring_mb=9", 2),
        ("events.file=yes", 0),
        ("events.file=maybe", 2),
        ("recorder.sources=ebpf", 0),
        ("recorder.sources=crystal_ball", 2),
        ("store.time_resolution=ns", 0),
        ("store.time_resolution=ps", 2),
    ] {
        let run = config(&scratch, &["config", "list", "-w", setting]);
        assert_eq!(run.code, code, "{setting}: {run:?}");
    }
    let long = format!("control.socket=/{}", "x".repeat(107));
    assert_eq!(config(&scratch, &["config", "list", "-w", &long]).code, 2);
    assert_eq!(config(&scratch, &["config", "list", "-w", &long[..long.len() - 1]]).code, 0);
}

#[test]
fn files_combine_by_the_rule_of_the_key() {
    let scratch = Scratch::new("merge");
    scratch.write(
        "10-a.conf",
        "store.max_size_mb = 0\nebpf.watermark_percent = 30\nrecorder.enabled = false\n\
         events.dns = true\ncontrol.groups.operator = ann\nlog.level = warn # here\n",
    );
    scratch.write(
        "20-b.conf",
        "store.max_size_mb = 500\nebpf.watermark_percent = 20\nrecorder.enabled = true\n\
         events.dns = false\ncontrol.groups.operator = bob, ann\nlog.level = error\n",
    );
    scratch.write("30-c.txt", "not a settings file\n");
    let seen = |key| (value(&scratch, key), origins(&scratch, key).join(" "));
    let expect = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(seen("store.max_size_mb"), expect("0", "DIR/10-a.conf:1"), "0 is infinite");
    assert_eq!(seen("ebpf.watermark_percent"), expect("20", "DIR/20-b.conf:2"), "last");
    assert_eq!(seen("recorder.enabled"), expect("false", "DIR/10-a.conf:3"), "all");
    assert_eq!(seen("events.dns"), expect("true", "DIR/10-a.conf:4"), "any");
    let both = "DIR/10-a.conf:5 DIR/20-b.conf:5";
    assert_eq!(seen("control.groups.operator"), expect("ann, bob", both), "union");
    assert_eq!(seen("log.level"), expect("error", "DIR/20-b.conf:6"), "last");
    assert_eq!(seen("hash.rate_mb_s"), expect("50", "default"));

    let flag = ["config", "get", "store.max_size_mb", "-w", "store.max_size_mb=64"];
    assert_eq!(config(&scratch, &flag).ok(), "64\n", "-w has the last word");
}

#[test]
fn set_changes_one_line_and_keeps_the_rest() {
    let scratch = Scratch::new("set");
    scratch.write("10-site.conf", "store.max_size_mb = 900\n");
    scratch.write("90-local.conf", "# ours\nlog.level = warn  # loud\n\nhash.exec = false\n");
    config(&scratch, &["config", "set", "log.level", "debug"]).ok();
    config(&scratch, &["config", "set", "events.dns=off"]).ok();
    let after = "# ours\nlog.level = debug # loud\n\nhash.exec = false\nevents.dns = false\n";
    assert_eq!(scratch.read("90-local.conf"), after);

    let run = config(&scratch, &["config", "set", "store.max_size_mb", "100"]);
    assert!(run.ok().contains("in force stays 900"), "a merge rule that wins is told");

    for (args, why) in [
        (["config", "set", "log.level", "loud"], "not one of"),
        (["config", "set", "log.levle", "warn"], "did you mean log.level?"),
        (["config", "set", "store.max_size_mb", "3"], "must be 0 or 16..=16777216"),
    ] {
        let before = scratch.read("90-local.conf");
        let run = config(&scratch, &args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains(why), "{run:?}");
        assert_eq!(scratch.read("90-local.conf"), before, "what is refused is not written");
    }
}

#[test]
fn a_named_directory_must_exist() {
    let run = tarsier(&["--config-dir", "/nowhere/at/all", "config", "list"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("/nowhere/at/all"), "{run:?}");
}
