//! Google's answer when it is not the one asked for.
//!
//! In: a status, headers and a body. Out: what they say, as far as they say it.
//! Specification: google.rpc.Status with ErrorInfo, RetryInfo and QuotaFailure (AIP-193); `Retry-After` of RFC 9110,
//! section 10.2.3, in seconds.

use http::{HeaderMap, header};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which of Google's servers name a request, newest first.
const REQUEST_IDS: [&str; 3] = ["x-goog-request-id", "x-request-id", "x-cloud-trace-context"];

/// The scope of this API that Google gives to every OAuth client.
const RETRIEVER: &str = "https://www.googleapis.com/auth/generative-language.retriever";

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) google_status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) retry_delay: Option<Duration>,
    pub(crate) quota_ids: Vec<String>,
    pub(crate) details: Vec<Value>,
}

impl Refusal {
    pub(crate) fn read(status: u16, headers: HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        // Streams wrap the same object in an array.
        let error = body.get(0).unwrap_or(&body).get("error").cloned().unwrap_or_default();
        let mut refusal = Self {
            status,
            retry_delay: retry_after(&headers),
            headers,
            google_status: text(&error, "status"),
            message: text(&error, "message"),
            ..Self::default()
        };
        for detail in error["details"].as_array().into_iter().flatten() {
            refusal.add(detail);
            refusal.details.push(detail.clone());
        }
        refusal
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        REQUEST_IDS.iter().find_map(|name| self.headers.get(*name)?.to_str().ok())
    }

    /// Returns the scopes that Google names in `WWW-Authenticate` (RFC 6750, section 3), else those of this API.
    pub(crate) fn missing_scopes(&self) -> Vec<&str> {
        if self.reason.as_deref() != Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT") {
            return Vec::new();
        }
        let challenge =
            self.headers.get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        let named = challenge.and_then(|text| text.split_once("scope=\"")?.1.split_once('"'));
        match named {
            Some((scopes, _)) => scopes.split_ascii_whitespace().collect(),
            None => vec![RETRIEVER],
        }
    }

    fn add(&mut self, detail: &Value) {
        let kind = detail["@type"].as_str().unwrap_or_default();
        match kind.strip_prefix("type.googleapis.com/google.rpc.").unwrap_or_default() {
            "ErrorInfo" => {
                self.reason = text(detail, "reason");
                self.domain = text(detail, "domain");
                let metadata = detail["metadata"].as_object().into_iter().flatten();
                self.metadata = metadata
                    .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                    .collect();
            }
            "RetryInfo" => {
                let delay = detail["retryDelay"].as_str().and_then(protobuf_duration);
                self.retry_delay = delay.or(self.retry_delay);
            }
            "QuotaFailure" => {
                let violations = detail["violations"].as_array().into_iter().flatten();
                self.quota_ids.extend(violations.filter_map(|one| text(one, "quotaId")));
            }
            _ => {}
        }
    }
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Reads the JSON form of google.protobuf.Duration: seconds, a fraction if need be, and `s`.
fn protobuf_duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_durations_are_no_durations() {
        assert_eq!(protobuf_duration("0s"), Some(Duration::ZERO));
        assert_eq!(protobuf_duration("1.5s"), Some(Duration::from_millis(1500)));
        for odd in ["", "s", "5", "-1s", "NaNs", "infs", "1e300s", "5 s"] {
            assert_eq!(protobuf_duration(odd), None, "{odd}");
        }
    }
}
