// SPDX-License-Identifier: Apache-2.0
//! Which privileges recording needs, why, and which of them are missing.
use rustix::thread::{CapabilitySet, capabilities};

/// A capability and what depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its bit.
    pub set: CapabilitySet,
    /// Its name as manuals spell it.
    pub name: &'static str,
    /// Whether nothing can be recorded without it.
    pub vital: bool,
    /// What it is for.
    pub why: &'static str,
}

/// Everything the recorder uses.
pub const NEEDS: &[Need] = &[
    Need {
        set: CapabilitySet::BPF,
        name: "CAP_BPF",
        vital: true,
        why: "loads the probes and their maps",
    },
    Need {
        set: CapabilitySet::PERFMON,
        name: "CAP_PERFMON",
        vital: true,
        why: "lets the probes read kernel objects and attach to tracepoints",
    },
    Need {
        set: CapabilitySet::NET_ADMIN,
        name: "CAP_NET_ADMIN",
        vital: false,
        why: "attaches to the root cgroup: without it no UDP flows and no name queries",
    },
    Need {
        set: CapabilitySet::SYS_PTRACE,
        name: "CAP_SYS_PTRACE",
        vital: false,
        why: "reads what already runs: without it processes of other users begin unnamed",
    },
    Need {
        set: CapabilitySet::DAC_READ_SEARCH,
        name: "CAP_DAC_READ_SEARCH",
        vital: false,
        why: "reads any executable: without it some stay without a hash",
    },
];

/// The needs this process does not have. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON.
pub fn missing() -> Vec<Need> {
    let held = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    NEEDS.iter().copied().filter(|need| !covers(held, need.set)).collect()
}

fn covers(held: CapabilitySet, need: CapabilitySet) -> bool {
    let by_admin = CapabilitySet::BPF | CapabilitySet::PERFMON;
    held.contains(need) || (held.contains(CapabilitySet::SYS_ADMIN) && by_admin.contains(need))
}

#[cfg(test)]
mod tests {
    use super::covers;
    use rustix::thread::CapabilitySet;

    #[test]
    fn the_administrator_may_load_probes() {
        assert!(covers(CapabilitySet::SYS_ADMIN, CapabilitySet::BPF));
        assert!(covers(CapabilitySet::BPF, CapabilitySet::BPF));
        assert!(!covers(CapabilitySet::BPF, CapabilitySet::PERFMON));
        assert!(!covers(CapabilitySet::SYS_ADMIN, CapabilitySet::NET_ADMIN));
    }
}
