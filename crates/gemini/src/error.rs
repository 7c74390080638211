//! Says what Gemini refused, and why.
//!
//! In: an answer that is no success, or an error of the sign-in or the connection below. Out: `Error`, with questions.
//! Not here: reading the answer (`refusal`), and advice. The command has it (`exit.rs`).

use crate::refusal::Refusal;
use hallpass::ErrorKind;
use http::HeaderMap;
use std::fmt;
use std::time::Duration;

/// What went wrong with a call of the Gemini API.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    /// No token, or none for this host.
    Auth(hallpass::Error),
    /// No answer, or not all of it.
    Connection(hallpass::Error),
    Refused(Refusal),
    Unexpected(&'static str),
    NotSent(&'static str),
    InvalidName(String),
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

    /// Returns how long Google asks to wait: RetryInfo, else the header `Retry-After`.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.refusal()?.retry_delay
    }

    /// Returns the headers of Google's answer.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.refusal().map(|refusal| &refusal.headers)
    }

    /// Returns the name that Google gave the request, for a report to Google.
    pub fn request_id(&self) -> Option<&str> {
        self.refusal()?.request_id()
    }

    /// Says whether the same request may succeed later: no connection, 408, 429, 5xx.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::Auth(error) | Kind::Connection(error) => error.is_transient(),
            Kind::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
            Kind::Unexpected(_) | Kind::NotSent(_) | Kind::InvalidName(_) => false,
        }
    }

    /// Says whether nothing but a new sign-in helps: no token to be had, or a 401 for a fresh one.
    pub fn needs_sign_in(&self) -> bool {
        match &*self.0 {
            Kind::Auth(error) => error.needs_sign_in(),
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

    /// Returns why there was no token for the request: the sign-in has ended, or the host is not trusted with one.
    pub fn auth(&self) -> Option<&hallpass::Error> {
        match &*self.0 {
            Kind::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// Returns why there was no answer of Gemini's, or not all of it.
    pub fn connection(&self) -> Option<&hallpass::Error> {
        match &*self.0 {
            Kind::Connection(error) => Some(error),
            _ => None,
        }
    }

    /// Says whether the connection failed or was cut; one that was silent has taken its time already.
    pub(crate) fn is_no_connection(&self) -> bool {
        let kind = self.connection().map(hallpass::Error::kind);
        matches!(kind, Some(ErrorKind::Connect | ErrorKind::Proxy))
    }

    pub(crate) fn from_connection(error: hallpass::Error) -> Self {
        Self(Box::new(Kind::Connection(error)))
    }

    /// Reads an answer whose status is not a success.
    pub(crate) fn from_response(status: u16, headers: HeaderMap, body: &[u8]) -> Self {
        Self(Box::new(Kind::Refused(Refusal::read(status, headers, body))))
    }

    pub(crate) fn not_the_json() -> Self {
        Self::unexpected("it is not the JSON that was asked for")
    }

    pub(crate) fn not_sent(what: &'static str) -> Self {
        Self(Box::new(Kind::NotSent(what)))
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Auth(_) => f.write_str("no access token for the Gemini API"),
            Kind::Connection(_) => f.write_str("no answer of the Gemini API"),
            Kind::NotSent(what) => write!(f, "the request cannot be sent: {what}"),
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
            Kind::Auth(error) | Kind::Connection(error) => Some(error),
            _ => None,
        }
    }
}

/// Before anything was sent.
impl From<hallpass::Error> for Error {
    fn from(error: hallpass::Error) -> Self {
        Self(Box::new(Kind::Auth(error)))
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

    fn refused(status: u16, body: &[u8]) -> Error {
        Error::from_response(status, HeaderMap::new(), body)
    }

    #[test]
    fn error_info_is_read_from_googles_body() {
        let error = refused(403, SCOPE_INSUFFICIENT.as_bytes());
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
        let error = refused(429, QUOTA.as_bytes());
        assert_eq!(error.retry_delay(), Some(Duration::from_nanos(54_887_755_558)));
        assert!(error.is_daily_quota() && error.is_transient());
    }

    #[test]
    fn bodies_that_are_no_google_errors_still_have_a_status() {
        for body in ["", "<html>", "[]", "null", r#"{"error":7}"#, r#"{"error":{"details":[3]}}"#] {
            let error = refused(502, body.as_bytes());
            assert_eq!(error.to_string(), "Gemini answered 502", "{body}");
            assert!(error.is_transient());
        }
    }

    #[test]
    fn an_error_wrapped_in_an_array_is_read_too() {
        let error = refused(429, format!("[{QUOTA}]").as_bytes());
        assert_eq!(error.google_status(), Some("RESOURCE_EXHAUSTED"));
    }

    #[test]
    fn words_of_the_server_cannot_move_the_cursor() {
        let body = r#"{"error":{"status":"A\u001b[2J\nB"}}"#;
        let error = refused(400, body.as_bytes());
        assert_eq!(error.to_string(), r"Gemini answered 400 A\u{1b}[2J\nB");
    }
}
