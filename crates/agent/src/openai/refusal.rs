//! An error in OpenAI's shape: of this translation, or of Google's.
//!
//! `{"error":{"message","type","param","code"}}`. SDKs choose their exception by the status and wait as `Retry-After` says,
//! so both are Google's own; `code` is Google's word.

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use std::fmt;

/// Longer ones are not kept: an error is for people.
const LONGEST_MESSAGE: usize = 8 * 1024;

/// Why a request has no answer, as a program that speaks OpenAI's dialect is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    message: String,
    param: Option<String>,
    code: Option<String>,
    retry_after: Option<u64>,
}

impl Refusal {
    /// Makes one of the agent's own: a ticket that is not valid, no connection to Google.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>, code: &str) -> Self {
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        Self { status, message: message.into(), param: None, code, retry_after: None }
    }

    /// Reads an answer of Google's that is no success.
    #[must_use]
    pub fn of_google(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut refusal = Self::of_error(&value, status);
        refusal.status = status;
        let asked =
            headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        refusal.retry_after = asked.or(refusal.retry_after);
        refusal
    }

    /// Reads Google's error object, which comes in a list at times; its own code is the status.
    pub(super) fn of_error(value: &Value, fallback: u16) -> Self {
        let error = value.get(0).unwrap_or(value).get("error").unwrap_or(&Value::Null);
        let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok());
        let status = status.filter(|code| (400..600).contains(code)).unwrap_or(fallback);
        let message = error["message"].as_str().map_or_else(
            || format!("the Gemini API answered {status} without a message"),
            |text| text.chars().take(LONGEST_MESSAGE).collect(),
        );
        let details = error["details"].as_array().map_or(&[][..], Vec::as_slice);
        let of = |kind: &'static str| details.iter().filter(move |one| is(one, kind));
        let reason = of("ErrorInfo").find_map(|one| one["reason"].as_str());
        let param = of("BadRequest").find_map(|one| one["fieldViolations"][0]["field"].as_str());
        let wait = of("RetryInfo").find_map(|one| seconds(one["retryDelay"].as_str()?));
        Self {
            status,
            message,
            param: param.map(str::to_owned),
            code: reason.or(error["status"].as_str()).map(str::to_owned),
            retry_after: wait,
        }
    }

    pub(super) fn request(message: impl Into<String>) -> Self {
        Self::new(400, message, "")
    }

    /// A field that has no counterpart at Google, or a value of it that has none.
    pub(super) fn field(param: &str, message: impl Into<String>) -> Self {
        Self::request(message).of(param, "unsupported_parameter")
    }

    /// A value that cannot be meant.
    pub(super) fn value(param: &str, message: impl Into<String>) -> Self {
        Self::request(message).of(param, "invalid_value")
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message, "not_found")
    }

    pub(super) fn method(method: &Method, path: &str) -> Self {
        Self::new(405, format!("`{path}` does not take {method}"), "method_not_allowed")
    }

    /// An answer of Google's that cannot be read.
    pub(super) fn unexpected(what: &str) -> Self {
        Self::new(502, format!("Gemini's answer cannot be understood: {what}"), "bad_answer")
    }

    pub(super) fn of(mut self, param: &str, code: &str) -> Self {
        self.param = Some(param.to_owned());
        self.code = Some(code.to_owned());
        self
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of the header `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Returns the body, as JSON.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    pub(super) fn json(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": self.kind(),
            "param": self.param,
            "code": self.code,
        }})
    }

    fn kind(&self) -> &'static str {
        match self.status {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.message.escape_debug())
    }
}

impl std::error::Error for Refusal {}

fn is(detail: &Value, kind: &str) -> bool {
    detail["@type"].as_str().is_some_and(|name| name.rsplit('.').next() == Some(kind))
}

/// Reads a google.protobuf.Duration, such as `2.5s`, rounded up.
fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    // An answer that says to wait for a year says nothing; a cast of anything else stays within the range.
    (0.0..=31_536_000.0).contains(&seconds).then(|| seconds.ceil() as u64)
}
