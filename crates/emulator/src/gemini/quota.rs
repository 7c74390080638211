//! Quotas: how many answers of a model a project may have, counted on the virtual clock.
//!
//! In: a call that is about to be answered. Out: leave, or the error with its time to wait. A minute and a day
//! begin with the first call that counts, not on the dial, so that no test meets the turn of a minute.

use crate::api::error::{ApiError, Exceeded};
use crate::{Quota, QuotaPeriod};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// More counters than this are a client that makes up models.
const MAX_COUNTERS: usize = 10_000;

/// How often each project has called each model in the current minute and day.
#[derive(Debug, Default)]
pub(crate) struct Usage(HashMap<(String, String, QuotaPeriod), Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: SystemTime,
    calls: u32,
}

impl QuotaPeriod {
    fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::from_secs(60),
            Self::Day => Duration::from_secs(24 * 3600),
        }
    }
}

impl Quota {
    fn covers(&self, project: &str, model: &str) -> bool {
        let is_for = |limited: &Option<String>, one: &str| {
            limited.as_deref().is_none_or(|limited| limited == one)
        };
        is_for(&self.project, project) && is_for(&self.model, model)
    }
}

impl Usage {
    /// Counts a call, unless a quota forbids it: a refused call costs nothing.
    pub(crate) fn spend(
        &mut self,
        quotas: &[Quota],
        project: &str,
        model: &str,
        now: SystemTime,
    ) -> Result<(), ApiError> {
        let quotas = quotas.iter().filter(|quota| quota.covers(project, model));
        for quota in quotas.clone() {
            let window = self.window(project, model, quota.per, now);
            if window.calls >= quota.limit {
                let wait = window.ends.duration_since(now).unwrap_or_default();
                let (period, limit, model) = (quota.per, quota.limit, model.to_owned());
                return Err(ApiError::QuotaExceeded(Exceeded { period, limit, model, wait }));
            }
        }
        for period in [QuotaPeriod::Minute, QuotaPeriod::Day] {
            if quotas.clone().any(|quota| quota.per == period) {
                self.window(project, model, period, now).calls += 1;
            }
        }
        Ok(())
    }

    fn window(
        &mut self,
        project: &str,
        model: &str,
        period: QuotaPeriod,
        now: SystemTime,
    ) -> &mut Window {
        if self.0.len() >= MAX_COUNTERS {
            self.0.retain(|_, window| window.ends > now);
        }
        if self.0.len() >= MAX_COUNTERS {
            self.0.clear();
        }
        let fresh = Window { ends: now + period.length(), calls: 0 };
        let window = self.0.entry((project.to_owned(), model.to_owned(), period)).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window
    }
}
