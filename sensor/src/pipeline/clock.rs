// SPDX-License-Identifier: Apache-2.0
//! Boot time to wall time, and the moments when the wall clock was stepped.
//!
//! Probes stamp with the boot clock, which nobody can set. The offset to the wall clock is read
//! again every second: small drift (NTP slewing) is followed, a jump is an event.
use rustix::time::{ClockId, clock_gettime};

/// A change of the offset above this is a step, not drift.
const STEP_NS: i64 = 100_000_000;

/// Both clocks.
#[derive(Debug)]
pub struct Clock {
    offset_ns: u64,
}

fn read(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// Nanoseconds since boot.
pub fn boot_ns() -> u64 {
    read(ClockId::Boottime)
}

/// Wall minus boot. The boot clock is read before and after: a reader that was put aside between
/// the two readings would otherwise report a step that never was.
fn offset() -> u64 {
    let mut best = (u64::MAX, 0);
    for _ in 0..3 {
        let before = boot_ns();
        let wall = read(ClockId::Realtime);
        let after = boot_ns();
        let spread = after.saturating_sub(before);
        if spread < best.0 {
            best = (spread, wall.wrapping_sub(before + spread / 2));
        }
    }
    best.1
}

impl Clock {
    /// As it is now.
    pub fn now() -> Clock {
        Clock { offset_ns: offset() }
    }

    /// Wall minus boot, nanoseconds.
    pub fn offset_ns(&self) -> u64 {
        self.offset_ns
    }

    /// Wall time of a boot time.
    pub fn wall(&self, boot_ns: u64) -> u64 {
        boot_ns.wrapping_add(self.offset_ns)
    }

    /// Reads the offset again; a step is returned in nanoseconds, positive is forward.
    pub fn check(&mut self) -> Option<i64> {
        self.adopt(offset())
    }

    fn adopt(&mut self, offset_ns: u64) -> Option<i64> {
        let delta = offset_ns.wrapping_sub(self.offset_ns).cast_signed();
        self.offset_ns = offset_ns;
        (delta.abs() > STEP_NS).then_some(delta)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn drift_is_followed_and_steps_are_told() {
        let mut clock = Clock { offset_ns: 1_000_000_000 };
        assert_eq!(clock.adopt(1_000_500_000), None);
        assert_eq!(clock.wall(5), 1_000_500_005);
        assert_eq!(clock.adopt(500_000), Some(-1_000_000_000));
        assert_eq!(clock.adopt(3_600_000_500_000), Some(3_600_000_000_000));
        assert!(clock.check().is_some());
        assert_eq!(clock.check(), None);
    }
}
