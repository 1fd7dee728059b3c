// SPDX-License-Identifier: Apache-2.0
//! Loads each program on its own and attaches it: what one kernel refuses costs only itself.
use crate::source::ebpf::cgroup;
use crate::source::ebpf::hooks::{HOOKS, Hook, Point};
use crate::source::ebpf::offsets::Offsets;
use crate::source::{HookState, Tier};
use aya::programs::{CgroupAttachMode, CgroupSkbAttachType, Program, ProgramError};
use aya::{Btf, Ebpf};

/// Tries every feature; the states are in the order of the table. Programs that are not needed,
/// because their feature's better tier serves, have none.
pub fn attach_all(object: &mut Ebpf, btf: &Btf, offsets: &Offsets) -> Vec<HookState> {
    let mut states = Vec::with_capacity(HOOKS.len());
    let mut features: Vec<&str> = Vec::new();
    for hook in HOOKS {
        if !features.contains(&hook.feature) {
            features.push(hook.feature);
        }
    }
    for feature in features {
        let of = |tier| HOOKS.iter().filter(move |h| h.feature == feature && h.tier == tier);
        for hook in of(Tier::Both) {
            states.push(try_one(object, btf, offsets, hook));
        }
        let first = states.len();
        for hook in of(Tier::Trampoline) {
            let state = try_one(object, btf, offsets, hook);
            let refused = hook.required && !state.attached;
            states.push(state);
            if refused {
                take_back(object, &mut states[first..]);
                break;
            }
        }
        let served = states[first..].iter().any(|state| state.attached);
        if !served {
            for hook in of(Tier::Tracepoint) {
                states.push(try_one(object, btf, offsets, hook));
            }
        }
    }
    states
}

/// Unloads programs of a tier that cannot serve whole.
fn take_back(object: &mut Ebpf, states: &mut [HookState]) {
    for state in states.iter_mut().filter(|state| state.attached) {
        state.attached = false;
        state.reason = Some("taken back: another program of its tier was refused".to_owned());
        if let Some(program) = object.program_mut(state.program) {
            // a program that cannot be unloaded stays harmless: its records are counted twice
            // only if its twin also runs, so say so instead
            if let Err(why) = unload(program) {
                state.reason = Some(format!("could not be unloaded: {why}"));
            }
        }
    }
}

fn unload(program: &mut Program) -> Result<(), ProgramError> {
    match program {
        Program::BtfTracePoint(program) => program.unload(),
        Program::FEntry(program) => program.unload(),
        Program::FExit(program) => program.unload(),
        Program::TracePoint(program) => program.unload(),
        _ => Ok(()),
    }
}

fn try_one(object: &mut Ebpf, btf: &Btf, offsets: &Offsets, hook: &Hook) -> HookState {
    if let Some(missing) = offsets.missing(hook.needs) {
        return state(hook, Err(missing));
    }
    let Some(program) = object.program_mut(hook.program) else {
        return state(hook, Err("not in the embedded object".to_owned()));
    };
    if let Point::Egress | Point::Ingress | Point::Socket(_) = hook.point {
        let attached = cgroup::root().and_then(|root| {
            attach_to_cgroup(program, hook.point, &root).map_err(|why| explain(&why))
        });
        return state(hook, attached.map(|()| None));
    }
    state(hook, load_and_attach(program, btf, hook.point).map_err(|why| explain(&why)))
}

/// Attached, perhaps with a remark; or why not.
fn state(hook: &Hook, outcome: Result<Option<String>, String>) -> HookState {
    let attached = outcome.is_ok();
    HookState {
        feature: hook.feature,
        program: hook.program,
        wires: hook.wires,
        tier: hook.tier,
        hook: describe(hook.point),
        attached,
        reason: outcome.unwrap_or_else(Some),
        blind: hook.blind,
    }
}

fn describe(point: Point) -> String {
    match point {
        Point::Raw(name) => format!("tp_btf/{name}"),
        Point::Entry(name) => format!("fentry/{name}"),
        Point::FirstEntry(names) => format!("fentry/{}", names.join(" or fentry/")),
        Point::Exit(name) => format!("fexit/{name}"),
        Point::Calls(names) => format!("tracepoint/syscalls/{{{}}}", names.join(",")),
        Point::Iterator(name) => format!("iter.s/{name}"),
        Point::Egress => "cgroup_skb/egress".to_owned(),
        Point::Ingress => "cgroup_skb/ingress".to_owned(),
        Point::Socket(name) => format!("cgroup/{name}"),
        Point::Sweep => "run by the recorder".to_owned(),
    }
}

fn load_and_attach(
    program: &mut Program,
    btf: &Btf,
    point: Point,
) -> Result<Option<String>, ProgramError> {
    match (program, point) {
        (Program::BtfTracePoint(program), Point::Raw(name)) => {
            program.load(name, btf)?;
            program.attach()?;
        }
        (Program::FEntry(program), Point::Entry(name)) => {
            program.load(name, btf)?;
            program.attach()?;
        }
        (Program::FEntry(program), Point::FirstEntry(names)) => {
            load_first(names, |name| program.load(name, btf))?;
            program.attach()?;
        }
        (Program::FExit(program), Point::Exit(name)) => {
            program.load(name, btf)?;
            program.attach()?;
        }
        (Program::Iter(program), Point::Iterator(name)) => program.load(name, btf)?,
        (Program::RawTracePoint(program), Point::Sweep) => program.load()?,
        (Program::TracePoint(program), Point::Calls(names)) => {
            program.load()?;
            return attach_calls(program, names);
        }
        (_, _) => return Err(ProgramError::UnexpectedProgramType),
    }
    Ok(None)
}

/// Links stand beside those of others: "single" only means that no flag is passed.
fn attach_to_cgroup(
    program: &mut Program,
    point: Point,
    root: &std::fs::File,
) -> Result<(), ProgramError> {
    match (program, point) {
        (Program::CgroupSkb(program), Point::Egress) => {
            program.load()?;
            program.attach(root, CgroupSkbAttachType::Egress, CgroupAttachMode::Single)?;
        }
        (Program::CgroupSkb(program), Point::Ingress) => {
            program.load()?;
            program.attach(root, CgroupSkbAttachType::Ingress, CgroupAttachMode::Single)?;
        }
        (Program::CgroupSock(program), Point::Socket(_)) => {
            program.load()?;
            program.attach(root, CgroupAttachMode::Single)?;
        }
        (_, _) => return Err(ProgramError::UnexpectedProgramType),
    }
    Ok(())
}

/// Loads for the first function the kernel has; the first refusal when it has none.
fn load_first(
    names: &[&str],
    mut load: impl FnMut(&str) -> Result<(), ProgramError>,
) -> Result<(), ProgramError> {
    let mut first = None;
    for name in names {
        match load(name) {
            Ok(()) => return Ok(()),
            Err(why) => first = first.or(Some(why)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Attaches to every named tracepoint there is; none at all is an error.
fn attach_calls(
    program: &mut aya::programs::TracePoint,
    names: &[&str],
) -> Result<Option<String>, ProgramError> {
    let mut missing = Vec::new();
    let mut last = None;
    for name in names {
        if let Err(why) = program.attach("syscalls", name) {
            missing.push(*name);
            last = Some(why);
        }
    }
    match last {
        Some(why) if missing.len() == names.len() => Err(why),
        Some(_) => Ok(Some(format!("this kernel has no {}", missing.join(", ")))),
        None => Ok(None),
    }
}

/// The error and the end of the verifier's log, on few lines.
fn explain(why: &ProgramError) -> String {
    const LOG_LINES: usize = 12;
    if let ProgramError::LoadError { io_error, verifier_log } = why {
        let log = verifier_log.to_string();
        if log.trim().is_empty() {
            return format!("refused by the kernel: {io_error}");
        }
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(LOG_LINES)..];
        return format!("refused by the verifier: {io_error}\n{}", tail.join("\n"));
    }
    let mut text = why.to_string();
    let mut source = std::error::Error::source(why);
    while let Some(why) = source {
        text = format!("{text}: {why}");
        source = why.source();
    }
    text
}
