// SPDX-License-Identifier: Apache-2.0
//! Times and spans as people write them: `2h`, `14:02`, `yesterday`, `2026-11-22T14:02:00Z`.
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// What a relative time is relative to.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Nanoseconds since 1970.
    pub now_ns: u64,
    /// Zone of times without one.
    pub zone: TimeZone,
}

/// What [`Clock::read`] understands, for messages.
pub const TIMES: &str = "a time: 2h (ago), 14:02, 2026-11-22, '2026-11-22 14:02', \
                         2026-11-22T14:02:00Z, today, yesterday or now";
/// What [`duration`] understands, for messages.
pub const DURATIONS: &str = "a duration: 250ms, 30s, 5m, 2h, 1h30m, 7d or 2w";

/// Suffix, nanoseconds; longest suffix first.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

impl Clock {
    /// The clock and zone of this host; `utc` asks for UTC instead of the local zone.
    pub fn system(utc: bool) -> Clock {
        let now = Timestamp::now().as_nanosecond();
        Clock {
            now_ns: u64::try_from(now).unwrap_or(0),
            zone: if utc { TimeZone::UTC } else { TimeZone::system() },
        }
    }

    /// Nanoseconds since 1970 of a time in words; `None` when it is no time.
    pub fn read(&self, text: &str) -> Option<u64> {
        let text = text.trim();
        if text == "now" {
            return Some(self.now_ns);
        }
        if let Some(ago) = duration(text.strip_prefix('-').unwrap_or(text)) {
            return Some(self.now_ns.saturating_sub(ago));
        }
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return positive(stamp);
        }
        let today = self.today()?;
        if let Ok(time) = text.parse::<Time>() {
            let at = self.at(today.to_datetime(time))?;
            let before = || self.at(today.checked_sub(1.day()).ok()?.to_datetime(time));
            // "23:50" said just after midnight is yesterday's.
            return if at > self.now_ns { before() } else { Some(at) };
        }
        let civil = match text {
            "today" => today.to_datetime(Time::midnight()),
            "yesterday" => today.checked_sub(1.day()).ok()?.to_datetime(Time::midnight()),
            _ => text
                .parse::<DateTime>()
                .or_else(|_| text.parse::<Date>().map(|d| d.to_datetime(Time::midnight())))
                .ok()?,
        };
        self.at(civil)
    }

    fn today(&self) -> Option<Date> {
        let now = Timestamp::from_nanosecond(i128::from(self.now_ns)).ok()?;
        Some(now.to_zoned(self.zone.clone()).date())
    }

    fn at(&self, civil: DateTime) -> Option<u64> {
        positive(civil.to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}

fn positive(stamp: Timestamp) -> Option<u64> {
    u64::try_from(stamp.as_nanosecond()).ok()
}

/// Nanoseconds of `1h30m` and the like; `None` when it is no duration.
pub fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(letters)?;
        let (_, each) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*each)?)?;
        rest = behind;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{Clock, duration};
    use jiff::tz::{Offset, TimeZone};

    fn clock() -> Clock {
        // 2026-11-22T00:30:00+01:00
        let zone = TimeZone::fixed(Offset::constant(1));
        Clock { now_ns: 1_795_303_800_000_000_000, zone }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1h30m"), Some(5_400_000_000_000));
        assert_eq!(duration("250ms"), Some(250_000_000));
        for bad in ["", "h", "1", "1x", "1h3", "-1h", "99999999999999999999h", "9999999999w"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn times() {
        let clock = clock();
        let now = clock.now_ns;
        let hour = 3_600_000_000_000;
        assert_eq!(clock.read("2h"), Some(now - 2 * hour));
        assert_eq!(clock.read("-2h"), Some(now - 2 * hour));
        assert_eq!(clock.read("today"), Some(now - hour / 2));
        assert_eq!(clock.read("yesterday"), Some(now - hour / 2 - 24 * hour));
        assert_eq!(clock.read("00:15"), Some(now - hour / 4));
        assert_eq!(clock.read("23:30"), Some(now - hour), "of yesterday");
        assert_eq!(clock.read("2026-11-21T23:30:00Z"), Some(now));
        assert_eq!(clock.read("2026-11-22 00:30"), Some(now));
        assert_eq!(clock.read("2026-11-22"), clock.read("today"));
        for bad in ["", "soon", "25:00", "2026-13-01", "1960-01-01"] {
            assert_eq!(clock.read(bad), None, "{bad}");
        }
    }
}
