//! The virtual clock: the system's time and an offset that only grows.
//!
//! The only file that reads time. All lifetimes are counted on this clock, so a test can let a week pass
//! without waiting.
#![expect(clippy::disallowed_methods, reason = "the one module that reads the system's time")]

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Beyond this the clock stops: dates of five digits break every parser of RFC 3339.
const FURTHEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A time as documents write it, in RFC 3339: for `#[serde(with)]`.
pub(crate) mod stamp {
    use super::{Deserialize, Deserializer, Error, Serializer, SystemTime, rfc3339};

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&rfc3339(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(from)?;
        let time = text.parse::<jiff::Timestamp>().map_err(|_| D::Error::custom("not a time"))?;
        Ok(time.into())
    }
}

/// The same for a time that may be missing: `null`.
pub(crate) mod stamp_if_any {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer, SystemTime, rfc3339};

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(rfc3339).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let time = text.map(|text| text.parse::<jiff::Timestamp>()).transpose();
        Ok(time.map_err(|_| D::Error::custom("not a time"))?.map(SystemTime::from))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: Duration,
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.offset
    }

    /// How far it is ahead of the system's.
    pub(crate) fn ahead(&self) -> Duration {
        self.offset
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

/// RFC 3339 in UTC with microseconds, as the Gemini API writes the times of resources.
pub(crate) fn rfc3339_micros(time: SystemTime) -> String {
    let now = jiff::Timestamp::try_from(time).map(|time| time.as_microsecond());
    let cut = now.and_then(jiff::Timestamp::from_microsecond);
    cut.map(|time| format!("{time:.6}")).unwrap_or_default()
}

/// Whole seconds left until a time, none after it.
pub(crate) fn seconds_until(end: SystemTime, now: SystemTime) -> u64 {
    end.duration_since(now).map_or(0, |left| left.as_secs())
}
