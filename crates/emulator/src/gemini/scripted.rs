//! Failures of the Gemini API that no state of a project explains, had by name: rows 12 and 18 to 21.
//!
//! In: the name, from a fault. Out: the error. The quota's answer is that of a limit of 2, as captured; quotas
//! that count are in `quota`.

use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{error::ApiError, quota::Exceeded};
use crate::QuotaPeriod;

/// A failure of the Gemini API that a fault can ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeminiFault {
    /// 429 `RESOURCE_EXHAUSTED`, of the minute.
    Quota,
    /// 429 `RESOURCE_EXHAUSTED`, of the day.
    DailyQuota,
    /// 503 `UNAVAILABLE`: the model is overloaded.
    Overloaded,
    /// 500 `INTERNAL`.
    Internal,
    /// 504 `DEADLINE_EXCEEDED`.
    Deadline,
    /// 400 `FAILED_PRECONDITION`: the caller's country.
    Region,
}

impl GeminiFault {
    /// The error as this model's call meets it.
    pub(crate) fn error(self, model: &str) -> ApiError {
        let exceeded = |period, seconds| {
            let wait = Duration::from_secs(seconds);
            ApiError::QuotaExceeded(Exceeded { period, limit: 2, model: model.to_owned(), wait })
        };
        match self {
            Self::Quota => exceeded(QuotaPeriod::Minute, 54),
            Self::DailyQuota => exceeded(QuotaPeriod::Day, 54),
            Self::Overloaded => failure(
                (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
                "The model is overloaded. Please try again later.",
            ),
            Self::Internal => failure(
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
                "An internal error has occurred. Please retry or report in \
                 https://developers.generativeai.google/guide/troubleshooting",
            ),
            // The words are from memory.
            Self::Deadline => failure(
                (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
                "The request timed out. Please try again.",
            ),
            Self::Region => failure(
                (StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"),
                "User location is not supported for the API use.",
            ),
        }
    }
}

fn failure(status: (StatusCode, &'static str), message: &'static str) -> ApiError {
    ApiError::Scripted(status, message)
}
