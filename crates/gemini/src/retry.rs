//! Decides whether a failed request is sent again, and after how long.
//!
//! In: the error, how often it failed already, a random fraction. Out: a wait, or none.
//! Specification: google.rpc.RetryInfo, google.rpc.QuotaFailure; AIP-194.
//! Not here: sleeping, and what counts as transient (`Error::is_transient`).

use crate::Error;
use std::time::Duration;

/// How often, and after which waits, a request is sent again when Google answers 408, 429 or 5xx, or the connection of a
/// look-up (GET) is cut.
///
/// Waits double from `first_wait` and are spread at random over their upper half, so that many
/// programs that failed together do not come back together. A wait that Google names in RetryInfo is
/// kept when it is at most `longest_wait`; a longer one, and a quota that counts by the day, end the
/// attempts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often the request is sent, the first time included.
    pub attempts: u32,
    /// The wait after the first failure.
    pub first_wait: Duration,
    /// No wait is longer than this.
    pub longest_wait: Duration,
}

impl Default for Retry {
    /// Four attempts within about four seconds, or within what Google names up to half a minute each.
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// Sends each request once.
    #[must_use]
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Returns how long to wait before sending again, after `failures` failures in a row.
    ///
    /// `fraction` is a random number from 0 up to 1.
    pub(crate) fn wait(&self, error: &Error, failures: u32, fraction: f64) -> Option<Duration> {
        if failures >= self.attempts || !error.is_transient() || error.is_daily_quota() {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(failures - 1));
        let ours = doubled.min(self.longest_wait).mul_f64(0.5 + fraction / 2.0);
        match error.retry_delay() {
            None => Some(ours),
            Some(asked) if asked > self.longest_wait => None,
            // Every client was told the same number, so our own spread comes on top of it.
            Some(asked) => Some(asked + ours.min(self.first_wait)),
        }
    }
}

/// A random number from 0 up to 1.
pub(crate) fn fraction() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry {
        attempts: 4,
        first_wait: Duration::from_millis(500),
        longest_wait: Duration::from_secs(30),
    };

    fn error(status: u16, details: &str) -> Error {
        let body =
            format!(r#"{{"error":{{"code":{status},"message":"m","details":[{details}]}}}}"#);
        Error::from_response(status, http::HeaderMap::new(), body.as_bytes())
    }

    fn retry_info(delay: &str) -> String {
        format!(r#"{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay}"}}"#)
    }

    fn quota(id: &str) -> String {
        format!(
            r#"{{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaId":"{id}"}}]}}"#
        )
    }

    #[test]
    fn waits_double_and_are_spread_over_their_upper_half() {
        let overloaded = error(503, "");
        let milliseconds = |failures, fraction| {
            RETRY.wait(&overloaded, failures, fraction).expect("a wait").as_millis()
        };
        assert_eq!(milliseconds(1, 0.0), 250);
        assert_eq!(milliseconds(2, 0.0), 500);
        assert_eq!(milliseconds(3, 0.0), 1000);
        assert_eq!(milliseconds(3, 0.5), 1500);
        assert_eq!(RETRY.wait(&overloaded, 4, 0.0), None, "four attempts are enough");
    }

    #[test]
    fn final_answers_are_not_sent_again() {
        for status in [400, 401, 403, 404, 409] {
            assert_eq!(RETRY.wait(&error(status, ""), 1, 0.0), None, "{status}");
        }
        for status in [408, 429, 500, 503, 504] {
            assert!(RETRY.wait(&error(status, ""), 1, 0.0).is_some(), "{status}");
        }
    }

    #[test]
    fn googles_wait_is_kept_up_to_the_longest_one() {
        let wait = |delay: &str| RETRY.wait(&error(429, &retry_info(delay)), 1, 0.0);
        assert_eq!(wait("7s"), Some(Duration::from_millis(7_250)));
        assert_eq!(wait("30s"), Some(Duration::from_millis(30_250)));
        assert_eq!(wait("54s"), None, "longer than a user waits in silence");
    }

    #[test]
    fn a_quota_of_the_day_is_not_tried_again() {
        let daily = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier");
        let details = format!("{daily},{}", retry_info("5s"));
        assert_eq!(RETRY.wait(&error(429, &details), 1, 0.0), None);
        let minute = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
        assert!(RETRY.wait(&error(429, &minute), 1, 0.0).is_some());
    }

    #[test]
    fn fractions_are_below_one() {
        assert!((0..1000).map(|_| fraction()).all(|fraction| (0.0..1.0).contains(&fraction)));
    }
}
