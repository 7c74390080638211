//! Work that Google does in its own time: reading a file, indexing a document.
//!
//! It ends when the configured seconds have passed on the emulator's clock, or once it was asked about often enough,
//! whichever is first; so a test moves the clock or polls, and never waits.

use crate::Processing;
use crate::clock;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Work in progress, or done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    #[serde(with = "clock::stamp")]
    ends: SystemTime,
    /// How often it still says that it is not done; none: only the clock counts.
    polls: Option<u32>,
    /// Whether it fails when it ends.
    fails: bool,
}

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Pending,
    Done,
    Failed,
}

impl Work {
    pub(crate) fn start(rule: &Processing, now: SystemTime, fails: bool) -> Self {
        let seconds = if rule.polls == Some(0) { 0 } else { rule.seconds };
        let ends = now + Duration::from_secs(seconds.into());
        Self { ends, polls: rule.polls, fails }
    }

    /// Work that takes no time.
    pub(crate) fn done(now: SystemTime, fails: bool) -> Self {
        Self { ends: now, polls: None, fails }
    }

    pub(crate) fn progress(&self, now: SystemTime) -> Progress {
        match self.fails {
            _ if self.ends > now => Progress::Pending,
            false => Progress::Done,
            true => Progress::Failed,
        }
    }

    /// How far it is for one who asks after it, which counts.
    pub(crate) fn poll(&mut self, now: SystemTime) -> Progress {
        let progress = self.progress(now);
        if let Some(polls) = &mut self.polls {
            *polls = polls.saturating_sub(1);
            if *polls == 0 {
                self.ends = self.ends.min(now);
            }
        }
        progress
    }

    /// When it ended; none before.
    pub(crate) fn end(&self, now: SystemTime) -> Option<SystemTime> {
        Some(self.ends).filter(|ends| *ends <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn work_ends_by_the_clock_or_after_so_many_questions() {
        let rule = Processing { seconds: 60, polls: Some(1), ..Processing::default() };
        let mut work = Work::start(&rule, UNIX_EPOCH, false);
        assert_eq!(work.progress(UNIX_EPOCH + Duration::from_secs(59)), Progress::Pending);
        assert_eq!(work.progress(UNIX_EPOCH + Duration::from_secs(60)), Progress::Done);
        assert_eq!(work.poll(UNIX_EPOCH), Progress::Pending);
        assert_eq!(work.poll(UNIX_EPOCH), Progress::Done);
        let rule = Processing { polls: None, ..rule };
        let mut work = Work::start(&rule, UNIX_EPOCH, true);
        assert!((0..9).all(|_| work.poll(UNIX_EPOCH) == Progress::Pending));
        assert_eq!(work.poll(UNIX_EPOCH + Duration::from_secs(60)), Progress::Failed);
    }
}
