// SPDX-License-Identifier: Apache-2.0
//! `cargo vm hooks`: does every hook the probes document exist on the kernels we boot?
//!
//! A probe's file says `//! Hook: name(arguments) since 5.5`, one line for each hook; the name may
//! carry a kind as in `fentry/…`, `tp_btf/…`, `lsm/…`, `tp/…`, and arguments that only newer
//! kernels have stand in brackets: `name(task[, dead])`. Guests compare name and number of
//! arguments with the kernel's BTF. A hook younger than the kernel may be absent.

use crate::guest::{Guest, Line};
use crate::kernel::Kernel;
use crate::programs;
use crate::qemu::End;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// One documented hook.
#[derive(Debug, PartialEq, Eq)]
struct Hook {
    probe: String,
    kind: String,
    name: String,
    /// The fewest and the most; `None` when not documented.
    arguments: Option<(usize, usize)>,
    since: Option<(u32, u32)>,
}

/// Boots each kernel, prints the table, and says whether all is as documented.
pub fn check(kernels: &[Kernel], fresh: bool) -> Result<bool> {
    let hooks = documented(&programs::root().join("sensor-ebpf/src/probe"))?;
    if hooks.is_empty() {
        bail!("no file in sensor-ebpf/src/probe has a line `//! Hook: …`");
    }
    let mut cells: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for (column, kernel) in kernels.iter().enumerate() {
        let mut guest = Guest::new(kernel, fresh)?;
        println!("kernel {}: {}", kernel.name, guest.release);
        guest.check_hooks(&hooks.iter().map(Hook::line).collect::<String>())?;
        let (end, words) = guest.run(Duration::from_secs(180), &mut |line| match line {
            Line::Hook(found) => {
                if let [probe, kind, name, verdict] = found.split('\t').collect::<Vec<_>>()[..] {
                    let key = (probe.to_owned(), kind.to_owned(), name.to_owned());
                    let row = cells.entry(key).or_default();
                    row.resize(column, "?".to_owned());
                    row.push(verdict.to_owned());
                }
            }
            Line::Text(text) if !text.is_empty() => println!("  {text}"),
            _ => {}
        })?;
        if end != End::Done {
            bail!("kernel {} did not finish:\n{words}", kernel.name);
        }
    }
    Ok(print(&hooks, kernels, &cells))
}

fn print(
    hooks: &[Hook],
    kernels: &[Kernel],
    cells: &BTreeMap<(String, String, String), Vec<String>>,
) -> bool {
    let mut good = true;
    print!("\n{:<20} {:<44}", "probe", "hook");
    println!("{}", kernels.iter().map(|k| format!(" {:<10}", k.name)).collect::<String>());
    for hook in hooks {
        let key = (hook.probe.clone(), hook.kind.clone(), hook.name.clone());
        let full = format!("{}/{}", hook.kind, hook.name);
        print!("{:<20} {:<44}", hook.probe, full.trim_start_matches('/'));
        for (column, kernel) in kernels.iter().enumerate() {
            let verdict = cells.get(&key).and_then(|row| row.get(column)).map_or("?", |v| v);
            let excused = verdict == "absent"
                && hook.since.zip(version(&kernel.name)).is_some_and(|(since, is)| is < since);
            good &= verdict == "found" || excused;
            print!(" {:<10}", if excused { "not yet" } else { verdict });
        }
        println!();
    }
    good
}

/// The hooks that the files of a directory document, in order of file name.
fn documented(dir: &Path) -> Result<Vec<Hook>> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .with_context(|| format!("{dir:?}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let mut hooks: Vec<Hook> = Vec::new();
    for file in files {
        let probe = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).with_context(|| format!("{file:?}"))?;
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("//! Hook:") else { continue };
            let hook = Hook::parse(&probe, rest)
                .with_context(|| format!("{file:?}: not a hook: {line}"))?;
            if !hooks.contains(&hook) {
                hooks.push(hook);
            }
        }
    }
    Ok(hooks)
}

impl Hook {
    /// Parses `fentry/name(argument, argument)   since 4.18`; kind, arguments and version may
    /// be left out.
    fn parse(probe: &str, text: &str) -> Option<Hook> {
        let text = text.trim().replace('`', "");
        let full: String =
            text.chars().take_while(|c| c.is_alphanumeric() || "_./".contains(*c)).collect();
        let arguments = match text[full.len()..].strip_prefix('(') {
            Some(rest) => Some(count_arguments(&rest[..rest.rfind(')')?])),
            None => None,
        };
        let since = text.rsplit_once("since ").and_then(|(_, number)| version(number));
        let (kind, name) = full.rsplit_once('/').unwrap_or(("", &full));
        // `tp/syscalls/sys_exit_openat` has its group in the middle.
        let kind = kind.split('/').next().unwrap_or_default();
        if name.is_empty() {
            return None;
        }
        Some(Hook {
            probe: probe.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            arguments,
            since,
        })
    }

    fn line(&self) -> String {
        let (least, most) = self.arguments.unwrap_or((0, usize::MAX));
        format!("{}\t{}\t{}\t{least}\t{most}\n", self.probe, self.kind, self.name)
    }
}

/// The fewest and the most arguments: commas outside inner parentheses, plus one; nothing and
/// `void` are none; those in brackets may be missing.
fn count_arguments(list: &str) -> (usize, usize) {
    if list.trim().is_empty() || list.trim() == "void" {
        return (0, 0);
    }
    let (mut depth, mut optional) = (0, false);
    let (mut least, mut most) = (1, 1);
    for character in list.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            '[' => optional = true,
            ']' => optional = false,
            ',' if depth == 0 => {
                most += 1;
                least += usize::from(!optional);
            }
            _ => {}
        }
    }
    (least, most)
}

/// `6.12` → (6, 12); `7` → (7, any), since that kernel is the newest there is.
fn version(text: &str) -> Option<(u32, u32)> {
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = number.split('.');
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().map_or(Some(u32::MAX), |minor| minor.parse().ok())?))
}

#[cfg(test)]
mod tests {
    use super::Hook;

    #[test]
    fn the_documented_form_is_understood() {
        let text = " security_socket_connect(struct socket *, struct sockaddr *, int)  since 4.18";
        let hook = Hook::parse("connect", text).expect("a hook");
        assert_eq!((hook.kind.as_str(), hook.name.as_str()), ("", "security_socket_connect"));
        assert_eq!((hook.arguments, hook.since), (Some((3, 3)), Some((4, 18))));
    }

    #[test]
    fn arguments_in_brackets_may_be_missing() {
        let text = "tp_btf/sched_process_exit(struct task_struct *task[, bool group_dead])";
        let hook = Hook::parse("exit", text).expect("a hook");
        assert_eq!((hook.kind.as_str(), hook.arguments), ("tp_btf", Some((1, 2))));
    }

    #[test]
    fn a_group_of_system_calls_is_not_part_of_the_name() {
        let hook = Hook::parse("open", "tp/syscalls/sys_exit_openat").expect("a hook");
        assert_eq!((hook.kind.as_str(), hook.name.as_str()), ("tp", "sys_exit_openat"));
        assert_eq!((hook.arguments, hook.since), (None, None));
    }
}
