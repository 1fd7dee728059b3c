// SPDX-License-Identifier: Apache-2.0
//! `tarsier config list|get|set|explain|default`: every key, its value, and who set it.
use super::{Console, Exit, Failure};
use crate::config::{
    Apply, KEYS, Key, LOCAL_FILE, Layers, Settings, default_file, help_of, nearest, set_by,
    with_value,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Every setting, its value and who set it.
    List {
        /// Only keys that begin so.
        prefix: Option<String>,
    },
    /// The value of one setting or of several.
    Get {
        /// Names as `config list` prints them.
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Write a value into 90-local.conf and ask a running recorder to take it.
    Set {
        /// Name of the setting, or KEY=VALUE.
        key: String,
        /// The value, unless it came with the key.
        value: Option<String>,
    },
    /// What a setting means, takes, and who set it; all of them without a key.
    Explain {
        /// Names or beginnings of names.
        keys: Vec<String>,
    },
    /// The commented file of defaults.
    Default,
}

/// Does what was asked.
pub fn run(args: Args, console: &Console) -> Result<Exit> {
    match args.action {
        Action::List { prefix } => list(console, prefix.as_deref().unwrap_or("")),
        Action::Get { keys } => get(console, &keys),
        Action::Set { key, value } => set(console, &key, value.as_deref()),
        Action::Explain { keys } => explain(console, &keys),
        Action::Default => {
            console.out().write_all(default_file().as_bytes())?;
            Ok(Exit::Fine)
        }
    }
}

fn list(console: &Console, prefix: &str) -> Result<Exit> {
    let settings = console.settings()?;
    let keys: Vec<&Key> = KEYS.iter().filter(|key| key.name.starts_with(prefix)).collect();
    if keys.is_empty() {
        return Err(unknown(prefix).into());
    }
    let mut out = console.out();
    for key in keys {
        if console.json {
            writeln!(out, "{}", as_json(key, &settings))?;
            continue;
        }
        let line = format!("{} = {}", key.name, (key.get)(&settings.config));
        writeln!(out, "{line:<52} # {}", set_by(&settings.origins(key)))?;
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn get(console: &Console, names: &[String]) -> Result<Exit> {
    let settings = console.settings()?;
    let mut out = console.out();
    for name in names {
        let key = find(name)?;
        match console.json {
            true => writeln!(out, "{}", as_json(key, &settings))?,
            false => writeln!(out, "{}", (key.get)(&settings.config))?,
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn explain(console: &Console, names: &[String]) -> Result<Exit> {
    let settings = console.settings()?;
    let mut chosen: Vec<&Key> = Vec::new();
    for name in names {
        let before = chosen.len();
        chosen.extend(KEYS.iter().filter(|key| key.name.starts_with(name.as_str())));
        if chosen.len() == before {
            return Err(unknown(name).into());
        }
    }
    if names.is_empty() {
        chosen.extend(KEYS);
    }
    let mut out = console.out();
    for (at, key) in chosen.into_iter().enumerate() {
        match console.json {
            true => writeln!(out, "{}", as_json(key, &settings))?,
            false if at > 0 => write!(out, "\n{}", help_of(key, &settings))?,
            false => write!(out, "{}", help_of(key, &settings))?,
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn set(console: &Console, name: &str, value: Option<&str>) -> Result<Exit> {
    let (name, value) = match (value, name.split_once('=')) {
        (Some(value), _) => (name.trim(), value.trim()),
        (None, Some((name, value))) => (name.trim(), value.trim()),
        (None, None) => return Err(Failure::usage(format!("{name}: no value was given")).into()),
    };
    let key = find(name)?;
    let value = (key.check)(value).map_err(|why| {
        Failure::usage(format!("{name} = {value}: {why}"))
            .next(format!("`tarsier config explain {name}` says what it takes"))
    })?;
    let path = console.layers().local_directory().join(LOCAL_FILE);
    let kept = read_or_empty(&path)?;
    replace(&path, &with_value(&kept, key.name, &value))?;
    let settings = match Settings::load(&files_only(console.layers())) {
        Ok(settings) => settings,
        Err(problems) => {
            let refused = super::console::refused(problems);
            return Err(refused.at(format!("{} was written all the same", path.display())).into());
        }
    };
    tell(console, key, &value, &settings, &path)
}

/// What the new line changed: nothing if a merge rule prefers another file's value.
fn tell(
    console: &Console,
    key: &Key,
    value: &str,
    settings: &Settings,
    path: &Path,
) -> Result<Exit> {
    let in_force = (key.get)(&settings.config);
    let origins = set_by(&settings.origins(key));
    if console.json {
        let mut object = as_json(key, settings);
        object["message"] = Value::String(when(key, console));
        console.say(&object.to_string())?;
        return Ok(Exit::Fine);
    }
    console.say(&format!("{} = {value} is now in {}", key.name, path.display()))?;
    if in_force != value {
        let rule = key.merge.words();
        console.say(&format!("  in force stays {in_force}, {origins}: {rule}"))?;
    }
    console.say(&format!("  {}", when(key, console)))?;
    Ok(Exit::Fine)
}

/// Asks a running recorder to take it, and says when it counts.
fn when(key: &Key, console: &Console) -> String {
    // The socket may be named by -w, which is no part of what was written.
    let Ok(settings) = console.settings() else { return key.apply.words().to_owned() };
    match (super::reload::changes(&settings), key.apply) {
        (Ok(None), _) => "no recorder is running; the next one reads it".to_owned(),
        (Ok(Some(_)), Apply::Live) => "the running recorder has taken it".to_owned(),
        (Ok(Some(_)), Apply::Restart) => {
            "the running recorder takes it when it starts again".to_owned()
        }
        (Err(why), _) => format!("the running recorder was not told: {why}"),
    }
}

fn files_only(layers: &Layers) -> Layers {
    Layers { flags: Vec::new(), ..layers.clone() }
}

fn read_or_empty(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(why) => Err(Failure::unreachable(format!("cannot read {}", path.display()))
            .at(why.to_string())
            .into()),
    }
}

/// Writes beside the file and renames, so that a crash leaves the old or the new, never half.
fn replace(path: &Path, text: &str) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let directory = path.parent().unwrap_or(Path::new("/"));
    let beside = path.with_extension("conf.new");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(directory)?.sync_all()
    };
    write().map_err(|why| Failure::unreachable(why.to_string())).with_context(cannot)
}

fn find(name: &str) -> Result<&'static Key, Failure> {
    Key::find(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::usage(format!("{name}: unknown setting"));
    match nearest(name) {
        Some(known) => failure.next(format!("did you mean {known}?")),
        None => failure.next("`tarsier config list` shows all"),
    }
}

fn as_json(key: &Key, settings: &Settings) -> Value {
    json!({
        "key": key.name,
        "value": (key.get)(&settings.config),
        "origin": settings.origins(key).iter().map(ToString::to_string).collect::<Vec<_>>(),
        "default": key.default_value(),
        "type": key.ty,
        "allowed": (key.bounds)(),
        "unit": key.unit,
        "merge": key.merge.words(),
        "live": key.apply == Apply::Live,
        "help": key.about(),
    })
}
