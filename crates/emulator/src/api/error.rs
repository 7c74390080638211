//! Google's API errors: what a call can be refused for, and the status of each.
//!
//! In: what the guard or a method found. Out: status and name. Source: pasted live replies, by the rows of
//! docs/emulator/gemini.md, Errors. The words are in `error_message`, details and headers in `error_details`.

use super::error_body::Violation;
use crate::QuotaPeriod;
use http::StatusCode;
use std::time::Duration;

/// Why a call is refused.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// Neither a key nor a token came.
    NoCredentials,
    /// What came as a token was never an access token.
    WrongCredentialType,
    /// The access token has expired or was revoked.
    TokenExpired,
    /// An API key came where only a token will do.
    KeyUnsupported,
    /// Nothing came where only a token will do.
    TokenMissing,
    /// No scope of the token opens the API.
    ScopeInsufficient,
    /// The API is not enabled in the project of this number.
    ServiceDisabled(u64),
    /// The client's own project may not be charged, and no other is named.
    QuotaProjectMissing,
    /// The caller may not have this project charged; as the caller named it.
    ProjectDenied(String),
    /// The named project was deleted.
    ProjectDeleted(String),
    /// There is no model of this id.
    ModelNotFound(String),
    /// The model of this id is missing or lacks this method.
    MethodUnsupported(String, &'static str),
    /// The quota is used up.
    QuotaExceeded(Exceeded),
    /// No project has this API key.
    KeyInvalid,
    /// The API key has expired.
    KeyExpired,
    /// The API key was found in public.
    KeyLeaked,
    /// The consumer of this key is suspended; the key and its project's number.
    KeySuspended(String, u64),
    /// The key is restricted to other APIs; its project's number.
    KeyBlocked(u64),
    /// A failure that a fault asked for; status and words.
    Scripted((StatusCode, &'static str), &'static str),
    /// A key and a token came together.
    CredentialsOverloaded,
    /// The method does not know this query parameter.
    UnknownParameter(String),
    /// The body holds unknown names or values of the wrong type.
    BadBody(Vec<Violation>),
    /// Empty contents, or any other value that will not do; the words.
    InvalidArgument(String),
    /// The caller lacks a permission, or the resource is not there; the words and the reason.
    PermissionDenied(String, Option<&'static str>),
    /// Any other refusal; status and words.
    Refused((StatusCode, &'static str), String),
}

/// A quota that is used up.
#[derive(Debug, Clone)]
pub(crate) struct Exceeded {
    pub(crate) period: QuotaPeriod,
    pub(crate) limit: u32,
    pub(crate) model: String,
    pub(crate) wait: Duration,
}

impl ApiError {
    /// A resource that is not there.
    pub(crate) fn not_found(words: impl Into<String>) -> Self {
        Self::Refused((StatusCode::NOT_FOUND, "NOT_FOUND"), words.into())
    }

    /// Names at the top of a body that the method does not have.
    pub(crate) fn unknown_names<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let violation = |name: &str| Violation {
            field: String::new(),
            description: format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
            ),
        };
        let violations: Vec<Violation> = names.map(violation).collect();
        (!violations.is_empty()).then_some(Self::BadBody(violations))
    }

    /// What cannot be done as things are now.
    pub(crate) fn failed_precondition(words: impl Into<String>) -> Self {
        Self::Refused((StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"), words.into())
    }

    /// A name that is taken.
    pub(crate) fn already_exists(words: impl Into<String>) -> Self {
        Self::Refused((StatusCode::CONFLICT, "ALREADY_EXISTS"), words.into())
    }

    /// Storage that is used up.
    pub(crate) fn exhausted(words: impl Into<String>) -> Self {
        Self::Refused((StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"), words.into())
    }

    pub(super) fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::WrongCredentialType
            | Self::TokenExpired
            | Self::KeyUnsupported
            | Self::TokenMissing
            | Self::CredentialsOverloaded => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            Self::ModelNotFound(_) | Self::MethodUnsupported(..) => {
                (StatusCode::NOT_FOUND, "NOT_FOUND")
            }
            Self::KeyInvalid
            | Self::KeyExpired
            | Self::UnknownParameter(_)
            | Self::BadBody(_)
            | Self::InvalidArgument(_) => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
            Self::Refused(status, _) => *status,
            Self::QuotaExceeded(_) => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
            Self::Scripted(status, _) => *status,
            _ => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        }
    }
}
