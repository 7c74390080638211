//! Says what Gemini refused, and why.
//!
//! In: an answer that is no success, or an error of the sign-in or the connection below. Out: `Error`, with questions.
//! Not here: reading the answer (`refusal`), and advice. The command has it (`exit.rs`).

use crate::generate::{NoText, Response};
use crate::refusal::Refusal;
use hallpass::ErrorKind;
use http::{HeaderMap, Method};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What went wrong with a call of the Gemini API.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    request: Option<String>,
    attempts: u32,
    partial: Option<Response>,
}

#[derive(Debug)]
enum Kind {
    /// No token, or none for this host.
    Auth(hallpass::Error),
    /// No answer, or not all of it.
    Connection(hallpass::Error),
    Refused(Box<Refusal>),
    Unexpected(&'static str),
    NotSent(Cow<'static, str>),
    /// Of what, and the text.
    InvalidName(&'static str, String),
    Setting(String),
    /// The program's closure had no credential.
    Closure(Box<dyn std::error::Error + Send + Sync>),
    NoText(NoText),
    /// Of the program's own disk.
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "a feature makes it"))]
    File(String, Option<std::io::Error>),
    /// Work of Google's that failed, or is not done in time.
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "a feature makes it"))]
    NotDone(String),
    #[cfg_attr(
        not(any(feature = "batches", feature = "files")),
        expect(dead_code, reason = "a feature makes it")
    )]
    Late(Duration),
    Truncated,
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
        match &self.0.kind {
            Kind::Auth(error) | Kind::Connection(error) => error.is_transient(),
            Kind::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Returns the method and the path that were asked for, without the query.
    pub fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// Returns how often the request was sent; 0 if it was not.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns every detail of Google's answer, as it came (`google.rpc`: `Help`, `BadRequest`, ...).
    pub fn details(&self) -> &[Value] {
        self.refusal().map_or(&[], |refusal| &refusal.details)
    }

    /// Returns the scopes of which one is missing: any of them would have opened the method. Empty for other errors.
    pub fn missing_scopes(&self) -> Vec<&str> {
        self.refusal().map(Refusal::missing_scopes).unwrap_or_default()
    }

    /// Returns what had come of an answer that broke off: of a stream, or of an answer in several pieces.
    pub fn partial(&self) -> Option<&Response> {
        self.0.partial.as_ref()
    }

    /// Says whether an answer ended without its end: no finish reason, and no error of Google's.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated)
    }

    /// Returns why an answer has no text.
    pub fn no_text(&self) -> Option<&NoText> {
        match &self.0.kind {
            Kind::NoText(why) => Some(why),
            _ => None,
        }
    }

    /// Says whether a file on the disk cannot be read or uploaded.
    pub fn is_invalid_file(&self) -> bool {
        matches!(self.0.kind, Kind::File(..))
    }

    /// Says whether work of Google's has failed: a file that it could not read.
    pub fn is_not_done(&self) -> bool {
        matches!(self.0.kind, Kind::NotDone(_))
    }

    /// Says whether the program's time for waiting is over; the work goes on.
    pub fn is_late(&self) -> bool {
        matches!(self.0.kind, Kind::Late(_))
    }

    /// Says whether a key, a version or another setting cannot be used.
    pub fn is_invalid_setting(&self) -> bool {
        matches!(self.0.kind, Kind::Setting(_))
    }

    /// Says whether nothing but a new sign-in helps: no token to be had, or a 401 for a fresh one.
    pub fn needs_sign_in(&self) -> bool {
        match &self.0.kind {
            Kind::Auth(error) => error.needs_sign_in(),
            _ => self.status() == Some(401),
        }
    }

    /// Says whether a quota that counts by the day is used up.
    pub fn is_daily_quota(&self) -> bool {
        self.refusal()
            .is_some_and(|refusal| refusal.quota_ids.iter().any(|id| id.contains("PerDay")))
    }

    /// Says whether the name of a model or of a thing at Google was refused before anything was sent.
    pub fn is_invalid_name(&self) -> bool {
        matches!(self.0.kind, Kind::InvalidName(..))
    }

    /// Says whether the program asked for what cannot be sent: an empty prompt, a schema that is none.
    pub fn is_not_sent(&self) -> bool {
        matches!(self.0.kind, Kind::NotSent(_))
    }

    /// Returns why there was no token for the request: the sign-in has ended, or the host is not trusted with one.
    pub fn auth(&self) -> Option<&hallpass::Error> {
        match &self.0.kind {
            Kind::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// Returns why there was no answer of Gemini's, or not all of it.
    pub fn connection(&self) -> Option<&hallpass::Error> {
        match &self.0.kind {
            Kind::Connection(error) => Some(error),
            _ => None,
        }
    }

    /// Says whether the connection failed or was cut; one that was silent has taken its time already.
    pub(crate) fn is_no_connection(&self) -> bool {
        let kind = self.connection().map(hallpass::Error::kind);
        matches!(kind, Some(ErrorKind::Connect | ErrorKind::Proxy))
    }

    fn of(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, request: None, attempts: 0, partial: None }))
    }

    pub(crate) fn of_request(mut self, method: &Method, path: &str, attempts: u32) -> Self {
        self.0.request = Some(format!("{method} {path}"));
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_partial(mut self, partial: Response) -> Self {
        self.0.partial = Some(partial);
        self
    }

    pub(crate) fn truncated(partial: Response) -> Self {
        Self::of(Kind::Truncated).with_partial(partial)
    }

    pub(crate) fn from_closure(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::of(Kind::Closure(error))
    }

    #[cfg(feature = "files")]
    pub(crate) fn file(what: String, cause: Option<std::io::Error>) -> Self {
        Self::of(Kind::File(what, cause))
    }

    #[cfg(feature = "files")]
    pub(crate) fn not_done(what: String) -> Self {
        Self::of(Kind::NotDone(what))
    }

    #[cfg(any(feature = "batches", feature = "files"))]
    pub(crate) fn late(limit: Duration) -> Self {
        Self::of(Kind::Late(limit))
    }

    #[cfg(feature = "files")]
    pub(crate) fn is_unexpected(&self) -> bool {
        matches!(self.0.kind, Kind::Unexpected(_))
    }

    /// Reads the failure of an operation; its code is that of gRPC, and there was no answer that refused.
    #[cfg(any(feature = "batches", feature = "file-search"))]
    pub(crate) fn from_operation(body: &[u8]) -> Self {
        Self::from_response(200, HeaderMap::new(), body)
    }

    pub(crate) fn setting(what: impl Into<String>) -> Self {
        Self::of(Kind::Setting(what.into()))
    }

    pub(crate) fn from_connection(error: hallpass::Error) -> Self {
        Self::of(Kind::Connection(error))
    }

    /// Reads an answer whose status is not a success.
    pub(crate) fn from_response(status: u16, headers: HeaderMap, body: &[u8]) -> Self {
        Self::of(Kind::Refused(Box::new(Refusal::read(status, headers, body))))
    }

    pub(crate) fn not_the_json() -> Self {
        Self::unexpected("it is not the JSON that was asked for")
    }

    pub(crate) fn not_sent(what: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Kind::NotSent(what.into()))
    }

    pub(crate) fn unexpected(what: &'static str) -> Self {
        Self::of(Kind::Unexpected(what))
    }

    /// `what` is what it should be the name of, with its article.
    pub(crate) fn invalid_name(what: &'static str, name: &str) -> Self {
        Self::of(Kind::InvalidName(what, name.to_owned()))
    }

    fn refusal(&self) -> Option<&Refusal> {
        match &self.0.kind {
            Kind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Auth(_) => f.write_str("no access token for the Gemini API"),
            Kind::Connection(_) => f.write_str("no answer of the Gemini API"),
            Kind::NotSent(what) => write!(f, "the request cannot be sent: {what}"),
            Kind::Unexpected(what) => write!(f, "Gemini's answer cannot be understood: {what}"),
            Kind::Closure(_) => f.write_str("no credential for the Gemini API"),
            Kind::Setting(what) => f.write_str(what),
            Kind::NoText(why) => why.fmt(f),
            Kind::Truncated => f.write_str("Gemini's answer ends before its end"),
            Kind::File(what, _) | Kind::NotDone(what) => f.write_str(what),
            Kind::Late(limit) => write!(f, "not done after {} seconds", limit.as_secs()),
            Kind::InvalidName(what, name) => {
                write!(f, "`{}` is not the name of {what}", name.escape_debug())
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
        match &self.0.kind {
            Kind::Auth(error) | Kind::Connection(error) => Some(error),
            Kind::Closure(error) => Some(error.as_ref()),
            Kind::File(_, Some(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<NoText> for Error {
    fn from(why: NoText) -> Self {
        Self::of(Kind::NoText(why))
    }
}

/// Before anything was sent.
impl From<hallpass::Error> for Error {
    fn from(error: hallpass::Error) -> Self {
        Self::of(Kind::Auth(error))
    }
}

#[cfg(test)]
mod tests;
