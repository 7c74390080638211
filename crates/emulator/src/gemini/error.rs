//! Google's API errors, word for word: which status, message and headers each situation has.
//!
//! In: what the guard or a method found. Out: the reply. Source: pasted live replies; the rows are those of
//! docs/emulator.md, Errors. The details of each row are in `error_details`, their frame in `error_body`.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    CREDENTIALS_TEXT, Call,
    api::Site,
    error_body::{Body, Inner, Violation},
    error_details::{activation_url, details, iam_url},
    quota::Exceeded,
};
use crate::{message::Reply, state::State};

const REALM: &str = r#"Bearer realm="https://accounts.google.com/""#;

#[derive(Debug)]
pub(crate) enum ApiError {
    /// Row 1.
    NoCredentials,
    /// Row 2: nothing that was ever an access token.
    WrongCredentialType,
    /// Row 3.
    TokenExpired,
    /// Row 4: an API key where only a token will do.
    KeyUnsupported,
    /// Beside row 4: nothing at all where only a token will do.
    TokenMissing,
    /// Row 5.
    ScopeInsufficient,
    /// Row 6; the project's number.
    ServiceDisabled(u64),
    /// Row 7.
    QuotaProjectMissing,
    /// Row 8; the project as the caller named it.
    ProjectDenied(String),
    /// Row 9.
    ProjectDeleted(String),
    /// Row 10; the model's id.
    ModelNotFound(String),
    /// Row 11; the model's id and the method that it has not.
    MethodUnsupported(String, &'static str),
    /// Row 12.
    QuotaExceeded(Exceeded),
    /// Row 13.
    KeyInvalid,
    /// Row 14.
    KeyExpired,
    /// Row 15.
    KeyLeaked,
    /// Row 16; the key and its project's number.
    KeySuspended(String, u64),
    /// Row 17; its project's number.
    KeyBlocked(u64),
    /// Rows 18 to 21, by script.
    Scripted((StatusCode, &'static str), &'static str),
    /// A key and a token of two projects.
    CredentialsDiffer,
    /// Row 22, of a query.
    UnknownParameter(String),
    /// Row 22, of a body.
    BadBody(Vec<Violation>),
    /// Row 23, and any other value that will not do; the words.
    InvalidArgument(String),
    /// A permission that an API of Google Cloud demands of the caller; the words and the reason.
    PermissionDenied(String, Option<&'static str>),
}

impl ApiError {
    pub(crate) fn into_reply(self, state: &State, call: &Call<'_>) -> Reply {
        self.into_reply_at(state, &call.site())
    }

    pub(crate) fn into_reply_at(self, state: &State, site: &Site<'_>) -> Reply {
        let (status, name) = self.status();
        let message = self.message(site);
        let details = details(&self, state, site, &message);
        let errors = self.legacy_errors(state, &message);
        let code = status.as_u16();
        let body = Body { error: Inner { code, message, errors, status: name, details } };
        let reply = Reply::json(status, &body);
        match self.www_authenticate(state, site) {
            Some(value) => reply.with(header::WWW_AUTHENTICATE, &value),
            None => reply,
        }
    }

    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::WrongCredentialType
            | Self::TokenExpired
            | Self::KeyUnsupported
            | Self::TokenMissing => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            Self::ModelNotFound(_) | Self::MethodUnsupported(..) => {
                (StatusCode::NOT_FOUND, "NOT_FOUND")
            }
            Self::KeyInvalid
            | Self::KeyExpired
            | Self::CredentialsDiffer
            | Self::UnknownParameter(_)
            | Self::BadBody(_)
            | Self::InvalidArgument(_) => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
            Self::QuotaExceeded(_) => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
            Self::Scripted(status, _) => *status,
            _ => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        }
    }

    fn message(&self, site: &Site<'_>) -> String {
        let service = site.api.service;
        match self {
            Self::NoCredentials => "Method doesn't allow unregistered callers (callers without established \
                identity). Please use API Key or other form of API consumer identity to call this API."
                .into(),
            Self::WrongCredentialType | Self::TokenExpired => CREDENTIALS_TEXT.into(),
            Self::KeyUnsupported => "API keys are not supported by this API. Expected OAuth2 access token \
                or other authentication credentials that assert a principal. See \
                https://cloud.google.com/docs/authentication"
                .into(),
            // From memory.
            Self::TokenMissing => {
                CREDENTIALS_TEXT.replace("had invalid authentication credentials",
                    "is missing required authentication credential")
            }
            Self::ScopeInsufficient => "Request had insufficient authentication scopes.".into(),
            Self::ServiceDisabled(number) => format!(
                "{} has not been used in project {number} before or it is disabled. Enable it by visiting {} \
                 then retry. If you enabled this API recently, wait a few minutes for the action to \
                 propagate to our systems and retry.",
                site.api.title,
                activation_url(site, *number)
            ),
            Self::QuotaProjectMissing => format!(
                "Your application is authenticating by using local Application Default Credentials. The \
                 {service} API requires a quota project, which is not set by default. To learn how to set \
                 your quota project, see \
                 https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
            ),
            Self::ProjectDenied(project) => format!(
                "Caller does not have required permission to use project {project}. Grant the caller the \
                 roles/serviceusage.serviceUsageConsumer role, or a custom role with the \
                 serviceusage.services.use permission, by visiting {} and then retry. Propagation of the \
                 new permission may take a few minutes.",
                iam_url(project)
            ),
            Self::ProjectDeleted(project) => format!("Project {project} has been deleted."),
            Self::ModelNotFound(id) => {
                format!("Model is not found: models/{id} for api version {}", site.version)
            }
            Self::MethodUnsupported(id, method) => format!(
                "models/{id} is not found for API version {}, or is not supported for {method}. Call \
                 ListModels to see the list of available models and their supported methods.",
                site.version
            ),
            Self::QuotaExceeded(exceeded) => exceeded.message(),
            Self::KeyInvalid => "API key not valid. Please pass a valid API key.".into(),
            Self::KeyExpired => "API key expired. Please renew the API key.".into(),
            Self::KeyLeaked => {
                "Your API key was reported as leaked. Please use another API key.".into()
            }
            Self::KeySuspended(key, _) => {
                format!("Permission denied: Consumer 'api_key:{key}' has been suspended.")
            }
            Self::KeyBlocked(_) => {
                format!("Requests to this API {service} method {} are blocked.", site.method)
            }
            Self::Scripted(_, message) => (*message).into(),
            Self::CredentialsDiffer => {
                "The API Key and the authentication credential are from different projects.".into()
            }
            Self::UnknownParameter(name) => unknown_parameter(name),
            Self::BadBody(violations) => {
                let lines: Vec<&str> =
                    violations.iter().map(|violation| violation.description.as_str()).collect();
                lines.join("\n")
            }
            Self::InvalidArgument(text) | Self::PermissionDenied(text, _) => text.clone(),
        }
    }

    fn legacy_errors(&self, state: &State, message: &str) -> Option<Value> {
        let (message, reason) = match self {
            _ if !state.config.switches.legacy_errors_array => return None,
            Self::ScopeInsufficient => ("Insufficient Permission", "insufficientPermissions"),
            Self::WrongCredentialType | Self::TokenExpired => ("Invalid Credentials", "authError"),
            _ => (
                message,
                if self.status().0 == StatusCode::FORBIDDEN { "forbidden" } else { "badRequest" },
            ),
        };
        Some(json!([{"message": message, "domain": "global", "reason": reason}]))
    }

    fn www_authenticate(&self, state: &State, site: &Site<'_>) -> Option<String> {
        match self {
            Self::WrongCredentialType | Self::TokenExpired
                if state.config.switches.www_authenticate_error_param =>
            {
                Some(format!(r#"{REALM}, error="invalid_token""#))
            }
            Self::WrongCredentialType
            | Self::TokenExpired
            | Self::KeyUnsupported
            | Self::TokenMissing => Some(REALM.into()),
            Self::ScopeInsufficient => Some(format!(
                r#"{REALM}, error="insufficient_scope", scope="{}""#,
                site.api.scopes.join(" ")
            )),
            _ => None,
        }
    }
}

// The words are those of an unknown name in a body, bound to a query: from memory.
pub(crate) fn unknown_parameter(name: &str) -> String {
    format!(
        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' \
         could not be found in request message."
    )
}
