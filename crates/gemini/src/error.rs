//! Says what Gemini refused, and why.
//!
//! In: a status and its body, or an error of the sign-in below. Out: `Error`, with questions.
//! Specification: google.rpc.Status with ErrorInfo, RetryInfo and QuotaFailure (AIP-193).
//! Not here: advice. The command has it (`exit.rs`).

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What went wrong with a call of the Gemini API.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    /// Getting a token, or reaching the server.
    Below(hallpass::Error),
    Refused(Refusal),
    Unexpected(&'static str),
    InvalidName(String),
}

/// Google's answer, when it is not the one asked for.
#[derive(Debug, Default, PartialEq)]
struct Refusal {
    status: u16,
    google_status: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    domain: Option<String>,
    metadata: BTreeMap<String, String>,
    retry_delay: Option<Duration>,
    quota_ids: Vec<String>,
}

impl Error {
    /// Returns the HTTP status, when the server gave an answer.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Returns Google's own status word, such as `PERMISSION_DENIED`.
    pub fn google_status(&self) -> Option<&str> {
        self.refusal()?.google_status.as_deref()
    }

    /// Returns Google's sentence. It is input from outside: clean it before showing it.
    pub fn message(&self) -> Option<&str> {
        self.refusal()?.message.as_deref()
    }

    /// Returns the reason of the ErrorInfo, such as `SERVICE_DISABLED`.
    pub fn reason(&self) -> Option<&str> {
        self.refusal()?.reason.as_deref()
    }

    /// Returns the domain of the ErrorInfo, such as `googleapis.com`.
    pub fn domain(&self) -> Option<&str> {
        self.refusal()?.domain.as_deref()
    }

    /// Returns one entry of the ErrorInfo's metadata, such as `consumer`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.refusal()?.metadata.get(key).map(String::as_str)
    }

    /// Returns how long Google asks to wait (RetryInfo).
    pub fn retry_delay(&self) -> Option<Duration> {
        self.refusal()?.retry_delay
    }

    /// Says whether the same request may succeed later: no connection, 408, 429, 5xx.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::Below(error) => error.is_transient(),
            Kind::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
            Kind::Unexpected(_) | Kind::InvalidName(_) => false,
        }
    }

    /// Says whether nothing but a new sign-in helps: no token to be had, or a 401 for a fresh one.
    pub fn needs_sign_in(&self) -> bool {
        match &*self.0 {
            Kind::Below(error) => error.needs_sign_in(),
            _ => self.status() == Some(401),
        }
    }

    /// Says whether a quota that counts by the day is used up.
    pub fn is_daily_quota(&self) -> bool {
        self.refusal()
            .is_some_and(|refusal| refusal.quota_ids.iter().any(|id| id.contains("PerDay")))
    }

    /// Says whether a model's name was refused before anything was sent.
    pub fn is_invalid_name(&self) -> bool {
        matches!(*self.0, Kind::InvalidName(_))
    }

    /// Returns the error of the sign-in or of the connection, when it was not Gemini that refused.
    pub fn sign_in_error(&self) -> Option<&hallpass::Error> {
        match &*self.0 {
            Kind::Below(error) => Some(error),
            _ => None,
        }
    }

    /// Gives out the error of the sign-in or of the connection, or itself when it is neither.
    ///
    /// # Errors
    /// When it was Gemini that refused.
    pub fn into_sign_in_error(self) -> Result<hallpass::Error, Self> {
        match *self.0 {
            Kind::Below(error) => Ok(error),
            kind => Err(Self(Box::new(kind))),
        }
    }

    /// Reads an answer whose status is not a success.
    pub(crate) fn from_response(status: u16, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        // Streams wrap the same object in an array.
        let error = body.get(0).unwrap_or(&body).get("error").cloned().unwrap_or_default();
        let mut refusal = Refusal {
            status,
            google_status: text(&error, "status"),
            message: text(&error, "message"),
            ..Refusal::default()
        };
        for detail in error["details"].as_array().into_iter().flatten() {
            refusal.read(detail);
        }
        Self(Box::new(Kind::Refused(refusal)))
    }

    pub(crate) fn unexpected(what: &'static str) -> Self {
        Self(Box::new(Kind::Unexpected(what)))
    }

    pub(crate) fn invalid_name(name: &str) -> Self {
        Self(Box::new(Kind::InvalidName(name.to_owned())))
    }

    fn refusal(&self) -> Option<&Refusal> {
        match &*self.0 {
            Kind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl Refusal {
    fn read(&mut self, detail: &Value) {
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
                self.retry_delay = detail["retryDelay"].as_str().and_then(protobuf_duration);
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

/// Reads the JSON form of google.protobuf.Duration: seconds, a fraction if need be, and `s`.
fn protobuf_duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Below(error) => error.fmt(f),
            Kind::Unexpected(what) => write!(f, "Gemini's answer cannot be understood: {what}"),
            Kind::InvalidName(name) => {
                write!(f, "`{}` is not the name of a model", name.escape_debug())
            }
            Kind::Refused(refusal) => {
                write!(f, "Gemini answered {}", refusal.status)?;
                for (before, word) in
                    [(" ", &refusal.google_status), (", reason ", &refusal.reason)]
                {
                    if let Some(word) = word {
                        write!(f, "{before}{}", word.escape_debug())?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Below(error) => error.source(),
            _ => None,
        }
    }
}

impl From<hallpass::Error> for Error {
    fn from(error: hallpass::Error) -> Self {
        Self(Box::new(Kind::Below(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE_INSUFFICIENT: &str = r#"{"error":{"code":403,
        "message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED",
        "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
        "reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com",
        "metadata":{"service":"generativelanguage.googleapis.com",
        "method":"google.ai.generativelanguage.v1beta.ModelService.ListModels"}}]}}"#;

    const QUOTA: &str = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED",
        "details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[
        {"quotaMetric":"m","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "quotaDimensions":{"location":"global"},"quotaValue":"2"}]},
        {"@type":"type.googleapis.com/google.rpc.Help","links":[]},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"54.887755558s"}]}}"#;

    #[test]
    fn error_info_is_read_from_googles_body() {
        let error = Error::from_response(403, SCOPE_INSUFFICIENT.as_bytes());
        assert_eq!(error.status(), Some(403));
        assert_eq!(error.google_status(), Some("PERMISSION_DENIED"));
        assert_eq!(error.message(), Some("Request had insufficient authentication scopes."));
        assert_eq!(error.reason(), Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
        assert_eq!(error.domain(), Some("googleapis.com"));
        assert_eq!(error.metadata("service"), Some("generativelanguage.googleapis.com"));
        assert_eq!(
            error.to_string(),
            "Gemini answered 403 PERMISSION_DENIED, reason ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        );
        assert!(!error.is_transient() && !error.needs_sign_in());
    }

    #[test]
    fn retry_info_and_daily_quota_are_read_from_googles_body() {
        let error = Error::from_response(429, QUOTA.as_bytes());
        assert_eq!(error.retry_delay(), Some(Duration::from_nanos(54_887_755_558)));
        assert!(error.is_daily_quota() && error.is_transient());
    }

    #[test]
    fn bodies_that_are_no_google_errors_still_have_a_status() {
        for body in ["", "<html>", "[]", "null", r#"{"error":7}"#, r#"{"error":{"details":[3]}}"#] {
            let error = Error::from_response(502, body.as_bytes());
            assert_eq!(error.to_string(), "Gemini answered 502", "{body}");
            assert!(error.is_transient());
        }
    }

    #[test]
    fn an_error_wrapped_in_an_array_is_read_too() {
        let error = Error::from_response(429, format!("[{QUOTA}]").as_bytes());
        assert_eq!(error.google_status(), Some("RESOURCE_EXHAUSTED"));
    }

    #[test]
    fn odd_durations_are_no_durations() {
        assert_eq!(protobuf_duration("0s"), Some(Duration::ZERO));
        assert_eq!(protobuf_duration("1.5s"), Some(Duration::from_millis(1500)));
        for odd in ["", "s", "5", "-1s", "NaNs", "infs", "1e300s", "5 s"] {
            assert_eq!(protobuf_duration(odd), None, "{odd}");
        }
    }

    #[test]
    fn words_of_the_server_cannot_move_the_cursor() {
        let body = r#"{"error":{"status":"A\u001b[2J\nB"}}"#;
        let error = Error::from_response(400, body.as_bytes());
        assert_eq!(error.to_string(), r"Gemini answered 400 A\u{1b}[2J\nB");
    }
}
