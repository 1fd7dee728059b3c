// SPDX-License-Identifier: Apache-2.0
//! Loads each program on its own and attaches it: what one kernel refuses costs only itself.
use crate::source::ebpf::calls::Calls;
use crate::source::ebpf::cgroup;
use crate::source::ebpf::hooks::{HOOKS, Hook, Point};
use crate::source::ebpf::offsets::Offsets;
use crate::source::{HookState, Tier};
use aya::programs::{CgroupAttachMode, CgroupSkbAttachType, Program, ProgramError};
use aya::{Btf, Ebpf};

/// Tries every feature; the states are in the order of the table. Programs that are not needed,
/// because their feature's better tier serves, have none.
pub fn attach_all(
    object: &mut Ebpf,
    calls: &mut Calls,
    btf: &Btf,
    offsets: &Offsets,
) -> Vec<HookState> {
    let mut states = Vec::with_capacity(HOOKS.len());
    let mut room = Room { object, calls, btf, offsets };
    let mut features: Vec<&str> = Vec::new();
    for hook in HOOKS {
        if !features.contains(&hook.feature) {
            features.push(hook.feature);
        }
    }
    for feature in features {
        let of = |tier| HOOKS.iter().filter(move |h| h.feature == feature && h.tier == tier);
        for hook in of(Tier::Both) {
            states.push(room.try_one(hook));
        }
        let first = states.len();
        for hook in of(Tier::Trampoline) {
            let state = room.try_one(hook);
            let refused = hook.required && !state.attached;
            states.push(state);
            if refused {
                room.take_back(&mut states[first..]);
                break;
            }
        }
        let served = states[first..].iter().any(|state| state.attached);
        if !served {
            for hook in of(Tier::Tracepoint) {
                states.push(room.try_one(hook));
            }
        }
    }
    states
}

/// What attaching works with.
struct Room<'a> {
    object: &'a mut Ebpf,
    calls: &'a mut Calls,
    btf: &'a Btf,
    offsets: &'a Offsets,
}

impl Room<'_> {
    /// Unloads programs of a tier that cannot serve whole.
    fn take_back(&mut self, states: &mut [HookState]) {
        for state in states.iter_mut().filter(|state| state.attached) {
            state.attached = false;
            state.reason = Some("taken back: another program of its tier was refused".to_owned());
            // one that cannot be unloaded would count twice with its twin of the other tier
            let unloaded = self
                .calls
                .take_back(state.program)
                .and_then(|()| self.object.program_mut(state.program).map_or(Ok(()), unload));
            if let Err(why) = unloaded {
                state.reason = Some(format!("could not be unloaded: {why}"));
            }
        }
    }

    fn try_one(&mut self, hook: &Hook) -> HookState {
        if let Some(missing) = self.offsets.missing(hook.needs) {
            return state(hook, Err(missing));
        }
        if let Point::Calls(names) = hook.point {
            let served = self.calls.serve(self.object, self.btf, hook.program, names);
            return state(hook, served.map_err(|why| explain(&why)));
        }
        let Some(program) = self.object.program_mut(hook.program) else {
            return state(hook, Err("not in the embedded object".to_owned()));
        };
        if let Point::Egress | Point::Ingress | Point::Socket(_) = hook.point {
            let attached = cgroup::root().and_then(|root| {
                attach_to_cgroup(program, hook.point, &root).map_err(|why| explain(&why))
            });
            return state(hook, attached.map(|()| None));
        }
        let attached = load_and_attach(program, self.btf, hook.point);
        state(hook, attached.map(|()| None).map_err(|why| explain(&why)))
    }
}

fn unload(program: &mut Program) -> Result<(), ProgramError> {
    match program {
        Program::BtfTracePoint(program) => program.unload(),
        Program::FEntry(program) => program.unload(),
        Program::FExit(program) => program.unload(),
        _ => Ok(()),
    }
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
        Point::Calls(names) => format!("tp_btf/{{{}}}", names.join(",")),
        Point::Iterator(name) => format!("iter.s/{name}"),
        Point::Egress => "cgroup_skb/egress".to_owned(),
        Point::Ingress => "cgroup_skb/ingress".to_owned(),
        Point::Socket(name) => format!("cgroup/{name}"),
        Point::Sweep => "run by the recorder".to_owned(),
    }
}

fn load_and_attach(program: &mut Program, btf: &Btf, point: Point) -> Result<(), ProgramError> {
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
        (_, _) => return Err(ProgramError::UnexpectedProgramType),
    }
    Ok(())
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
