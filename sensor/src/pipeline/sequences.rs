// SPDX-License-Identifier: Apache-2.0
//! Per-CPU numbers: a record whose number never arrives was lost, whatever the counters say.
//!
//! Preemption reorders neighbours, so a hole is only believed when it is still there a whole
//! check later.

/// The numbers seen so far.
#[derive(Debug, Default)]
pub struct Sequences {
    cpus: Vec<Cpu>,
    /// Holes at the last check.
    open_before: u64,
    /// Holes already reported.
    reported: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cpu {
    first: Option<u64>,
    last: u64,
    received: u64,
}

impl Sequences {
    /// Notes a record's number.
    pub fn note(&mut self, cpu: u32, sequence: u64) {
        let at = usize::try_from(cpu).unwrap_or(0);
        if at >= self.cpus.len() {
            // A CPU number comes from the kernel side, but one bad record must not eat memory.
            if at >= 65_536 {
                return;
            }
            self.cpus.resize(at + 1, Cpu::default());
        }
        let slot = &mut self.cpus[at];
        let first = slot.first.get_or_insert(sequence);
        if sequence < *first {
            *first = sequence;
        }
        slot.last = slot.last.max(sequence);
        slot.received += 1;
    }

    /// Records missing since the last call that no counted loss explains; call about once a
    /// second with the total of losses that had taken a number.
    pub fn unexplained(&mut self, explained: u64) -> u64 {
        let open: u64 = self
            .cpus
            .iter()
            .filter_map(|cpu| {
                cpu.first.map(|first| (cpu.last - first + 1).saturating_sub(cpu.received))
            })
            .sum();
        let settled = open.min(self.open_before);
        self.open_before = open;
        let fresh = settled.saturating_sub(explained).saturating_sub(self.reported);
        self.reported += fresh;
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::Sequences;

    #[test]
    fn reordering_is_not_a_gap_and_a_gap_is_told_once() {
        let mut numbers = Sequences::default();
        numbers.note(0, 10);
        numbers.note(0, 12);
        assert_eq!(numbers.unexplained(0), 0, "too early to tell");
        numbers.note(0, 11);
        assert_eq!(numbers.unexplained(0), 0);
        numbers.note(0, 15);
        numbers.note(1, 3);
        assert_eq!(numbers.unexplained(0), 0);
        assert_eq!(numbers.unexplained(0), 2);
        assert_eq!(numbers.unexplained(0), 0);
        numbers.note(1, 6);
        assert_eq!(numbers.unexplained(0), 0);
        assert_eq!(numbers.unexplained(1), 1);
    }
}
