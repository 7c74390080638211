//! Failures of the Gemini API that no state of a project explains, had by name: rows 12 and 18 to 21.
//!
//! In: the name, from a fault. Out: the error. The quota's answer is that of a limit of 2, as captured; quotas
//! that count are in `quota`.

use crate::api::error::{ApiError, Exceeded};
use crate::{GeminiFault, QuotaPeriod};
use http::StatusCode;
use std::time::Duration;

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
            Self::HighDemand => failure(
                (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
                "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please \
                 try again later.",
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
