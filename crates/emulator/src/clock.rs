//! The virtual clock: the system's time and an offset that only grows.
//!
//! The only file that reads time. All lifetimes are counted on this clock, so a test can let a week pass
//! without waiting.
#![expect(clippy::disallowed_methods, reason = "the one room that reads the system's time")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Beyond this the clock stops: dates of five digits break every parser of RFC 3339.
const FURTHEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: Duration,
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.offset
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(by).min(FURTHEST);
    }
}

/// Seconds since 1970, as JWTs count.
pub(crate) fn epoch_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The time without its fraction of a second.
pub(crate) fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(epoch_seconds(time))
}

/// RFC 3339 in UTC.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map(|time| time.to_string()).unwrap_or_default()
}

/// Whole seconds left until a time, none after it.
pub(crate) fn seconds_until(end: SystemTime, now: SystemTime) -> u64 {
    end.duration_since(now).map_or(0, |left| left.as_secs())
}
