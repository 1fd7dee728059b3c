// SPDX-License-Identifier: Apache-2.0
//! Defaults < `/usr/lib/tarsier.d` < `/run/tarsier.d` < `/etc/tarsier.d` < `-w`.
//!
//! As in sysctl.d: files are read in the order of their names whatever their directory, and a
//! file replaces one of the same name in an earlier directory (an empty one switches it off).
use super::parse::{assignment, lines, nearest};
use super::problem::{Origin, Problem, Problems};
use super::{Apply, Config, KEYS, Key, Taken};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Where settings are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Directories, the strongest last.
    pub directories: Vec<PathBuf>,
    /// Whether a missing directory is a mistake: yes when a person named it.
    pub required: bool,
    /// `key=value` of each `-w`.
    pub flags: Vec<String>,
}

impl Layers {
    /// The three directories of an installed recorder.
    pub fn installed(flags: Vec<String>) -> Self {
        let directories = ["/usr/lib/tarsier.d", "/run/tarsier.d", "/etc/tarsier.d"];
        Layers { directories: directories.map(PathBuf::from).to_vec(), required: false, flags }
    }

    /// One directory instead of the three.
    pub fn directory(directory: PathBuf, flags: Vec<String>) -> Self {
        Layers { directories: vec![directory], required: true, flags }
    }

    /// Where `config set` writes: the strongest directory.
    pub fn local_directory(&self) -> &Path {
        self.directories.last().map_or(Path::new("/etc/tarsier.d"), PathBuf::as_path)
    }
}

/// A value that was given somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Where.
    pub origin: Origin,
    /// As it was spelled.
    pub text: String,
    /// Whether it is (part of) the value in force.
    pub in_force: bool,
}

/// The settings in force and who set them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Plain values.
    pub config: Config,
    given: BTreeMap<&'static str, Vec<Given>>,
}

/// A setting that differs between two loads.
pub struct Change {
    /// Which.
    pub key: &'static Key,
    /// Value before.
    pub old: String,
    /// Value after.
    pub new: String,
}

impl Settings {
    /// Reads every layer.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first; then nothing is in force.
    pub fn load(layers: &Layers) -> Result<Settings, Problems> {
        let mut settings = Settings::default();
        let mut problems = Vec::new();
        for file in files(layers, &mut problems) {
            settings.read_file(&file, &mut problems);
        }
        for flag in &layers.flags {
            settings.read_flag(flag, &mut problems);
        }
        if problems.is_empty() { Ok(settings) } else { Err(Problems(problems)) }
    }

    /// Every value that was given for a key, in reading order; empty when only the default is.
    pub fn given(&self, key: &Key) -> &[Given] {
        self.given.get(key.name).map_or(&[], Vec::as_slice)
    }

    /// Who set the value in force.
    pub fn origins(&self, key: &Key) -> Vec<Origin> {
        let in_force = self.given(key).iter().filter(|given| given.in_force);
        let origins: Vec<Origin> = in_force.map(|given| given.origin.clone()).collect();
        if origins.is_empty() { vec![Origin::Default] } else { origins }
    }

    /// `key = value (set in file:12)`, for messages about something a setting names.
    pub fn describe(&self, key: &str) -> String {
        let Some(key) = Key::find(key) else { return key.to_owned() };
        let value = (key.get)(&self.config);
        format!("{} = {value} ({})", key.name, set_by(&self.origins(key)))
    }

    /// What differs from `self` in `next`, in the order of the table.
    pub fn changes(&self, next: &Config) -> Vec<Change> {
        let differs = |key: &'static Key| {
            let (old, new) = ((key.get)(&self.config), (key.get)(next));
            (old != new).then_some(Change { key, old, new })
        };
        KEYS.iter().filter_map(differs).collect()
    }

    /// `next`, but with every setting that only a restart can change as it is in `self`.
    pub fn live_part(&self, next: &Settings) -> Settings {
        let mut mixed = next.clone();
        for change in self.changes(&next.config) {
            if change.key.apply == Apply::Restart {
                // It was checked when it was loaded, so it is taken back as it was shown.
                let put = (change.key.put)(&mut mixed.config, &change.old, false);
                debug_assert!(put.is_ok(), "{} shows what it reads", change.key.name);
            }
        }
        mixed
    }

    fn read_file(&mut self, path: &Path, problems: &mut Vec<Problem>) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(why) => return problems.push(unreadable(path, &why)),
        };
        for line in lines(&bytes) {
            let origin = |line| Origin::File { path: path.to_owned(), line };
            match line {
                Ok(line) => self.put(line.key, line.value, origin(line.number), problems),
                Err(bad) => problems.push(Problem::Line {
                    origin: origin(bad.number),
                    text: bad.text,
                    why: bad.why.to_owned(),
                }),
            }
        }
    }

    fn read_flag(&mut self, flag: &str, problems: &mut Vec<Problem>) {
        match assignment(flag) {
            Some((key, value)) => self.put(key, value, Origin::Flag, problems),
            None => problems.push(Problem::Line {
                origin: Origin::Flag,
                text: flag.to_owned(),
                why: "not `key=value`".to_owned(),
            }),
        }
    }

    fn put(&mut self, name: &str, value: &str, origin: Origin, problems: &mut Vec<Problem>) {
        let text = format!("{name} = {value}");
        let Some(key) = Key::find(name) else {
            return problems.push(Problem::Line { origin, text, why: unknown(name) });
        };
        let given = self.given.entry(key.name).or_default();
        // A person's `-w` has the last word over any merge rule.
        let earlier = !given.is_empty() && origin != Origin::Flag;
        match (key.put)(&mut self.config, value, earlier) {
            Ok(taken) => {
                if taken == Taken::Replaced {
                    given.iter_mut().for_each(|other| other.in_force = false);
                }
                let in_force = taken != Taken::Kept;
                given.push(Given { origin, text: value.to_owned(), in_force });
            }
            Err(why) => problems.push(Problem::Line { origin, text, why }),
        }
    }
}

/// `set in a:1 and b:2`, `set by -w` or `default`.
pub fn set_by(origins: &[Origin]) -> String {
    let words: Vec<String> = origins.iter().map(Origin::to_string).collect();
    match origins {
        [Origin::Default] => "default".to_owned(),
        [Origin::Flag] => "set by -w".to_owned(),
        _ => format!("set in {}", words.join(" and ")),
    }
}

/// Why a key is refused, with the one that was probably meant.
pub fn unknown(name: &str) -> String {
    match nearest(name) {
        Some(known) => format!("unknown setting; did you mean {known}?"),
        None => "unknown setting; `tarsier config list` shows all".to_owned(),
    }
}

fn unreadable(path: &Path, why: &io::Error) -> Problem {
    Problem::Unreadable { path: path.to_owned(), why: why.to_string() }
}

/// The files to read, in reading order.
fn files(layers: &Layers, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut files: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for directory in &layers.directories {
        let entries = match std::fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound && !layers.required => continue,
            Err(why) => {
                problems.push(unreadable(directory, &why));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) if is_settings_file(&entry.path()) => {
                    files.insert(entry.file_name(), entry.path());
                }
                Ok(_) => {}
                Err(why) => problems.push(unreadable(directory, &why)),
            }
        }
    }
    files.into_values().collect()
}

/// `*.conf`, and not an editor's hidden copy.
fn is_settings_file(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == "conf")
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Layers, Settings};
    use std::fs;

    #[test]
    fn a_file_replaces_its_namesake_and_names_decide_the_order() {
        let base = std::env::temp_dir().join(format!("tarsier-layers-{}", std::process::id()));
        let (lib, etc) = (base.join("lib"), base.join("etc"));
        for (directory, name, text) in [
            (&lib, "20-a.conf", "log.level = error\nhash.rate_mb_s = 7\n"),
            (&lib, "60-b.conf", "store.journal_mb = 64\n"),
            (&etc, "20-a.conf", "log.level = warn\n"),
            (&etc, "50-c.conf", "store.journal_mb = 16\n"),
            (&etc, ".60-hidden.conf", "nonsense\n"),
        ] {
            fs::create_dir_all(directory).unwrap();
            fs::write(directory.join(name), text).unwrap();
        }
        let directories = vec![base.join("missing"), lib, etc];
        let layers = Layers { directories, required: false, flags: Vec::new() };
        let settings = Settings::load(&layers).unwrap();
        let seen = |name: &str| {
            let key = KEYS.iter().find(|key| key.name == name).unwrap();
            let origin = settings.origins(key)[0].to_string();
            ((key.get)(&settings.config), origin.replace(&base.display().to_string(), ""))
        };
        let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
        assert_eq!(seen("log.level"), pair("warn", "/etc/20-a.conf:1"));
        assert_eq!(seen("hash.rate_mb_s"), pair("50", "default"), "the namesake is gone whole");
        assert_eq!(seen("store.journal_mb"), pair("64", "/lib/60-b.conf:1"), "60 after 50");
        fs::remove_dir_all(base).unwrap();
    }
}
