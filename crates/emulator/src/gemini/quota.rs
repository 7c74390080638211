//! Quotas: how many answers of a model a project may have, counted on the virtual clock.
//!
//! In: a call that is about to be answered. Out: leave, or row 12 with its time to wait. A minute and a day
//! begin with the first call that counts, not on the dial, so that no test meets the turn of a minute.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use super::error::ApiError;
use crate::{Quota, QuotaPeriod, state::State};

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

/// A quota that is used up.
#[derive(Debug, Clone)]
pub(crate) struct Exceeded {
    pub(crate) period: QuotaPeriod,
    pub(crate) limit: u32,
    pub(crate) model: String,
    pub(crate) wait: Duration,
}

impl QuotaPeriod {
    fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::from_secs(60),
            Self::Day => Duration::from_secs(24 * 3600),
        }
    }

    pub(crate) fn quota_id(self) -> &'static str {
        match self {
            Self::Minute => "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            Self::Day => "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
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

/// Counts a call, unless a quota forbids it: a refused call costs nothing.
pub(crate) fn spend(state: &mut State, project: &str, model: &str) -> Result<(), ApiError> {
    let now = state.clock.now();
    let quotas: Vec<Quota> =
        state.config.quotas.iter().filter(|quota| quota.covers(project, model)).cloned().collect();
    let usage = &mut state.usage;
    for quota in &quotas {
        let window = usage.window(project, model, quota.per, now);
        if window.calls >= quota.limit {
            let wait = window.ends.duration_since(now).unwrap_or_default();
            let (period, limit, model) = (quota.per, quota.limit, model.to_owned());
            return Err(ApiError::QuotaExceeded(Exceeded { period, limit, model, wait }));
        }
    }
    for period in [QuotaPeriod::Minute, QuotaPeriod::Day] {
        if quotas.iter().any(|quota| quota.per == period) {
            usage.window(project, model, period, now).calls += 1;
        }
    }
    Ok(())
}

impl Usage {
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
