//! Google's API errors: `{"error":{code, message, status, details}}`, word for word.
//!
//! In: what the guard or a method found. Out: the reply with its details and headers, keys in the order of
//! the captures. Source: pasted live replies; the rows are those of docs/emulator.md, Errors.

use std::fmt;

use http::{StatusCode, header};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    CREDENTIALS_TEXT, Call, SERVICE,
    guard::{GCLOUD_PROJECT, SCOPES},
};
use crate::{message::Reply, state::State};

const REALM: &str = r#"Bearer realm="https://accounts.google.com/""#;
const CONSOLE: &str = "https://console.developers.google.com";

#[derive(Debug)]
pub(crate) enum ApiError {
    /// Row 1.
    NoCredentials,
    /// Row 2: nothing that was ever an access token.
    WrongCredentialType,
    /// Row 3.
    TokenExpired,
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
    /// Row 13.
    KeyInvalid,
    /// A key and a token of two projects.
    CredentialsDiffer,
    /// Row 22, of a query.
    UnknownParameter(String),
    /// A parameter of the wrong type or value; the words.
    InvalidArgument(String),
}

#[derive(Serialize)]
struct Body {
    error: Inner,
}

#[derive(Serialize)]
struct Inner {
    code: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Value>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// One of `details`; the type comes first and the rest in the order of the captures.
#[derive(Serialize)]
#[serde(tag = "@type")]
enum Detail {
    #[serde(rename = "type.googleapis.com/google.rpc.ErrorInfo")]
    ErrorInfo {
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<&'static str>,
        metadata: Metadata,
    },
    #[serde(rename = "type.googleapis.com/google.rpc.LocalizedMessage")]
    LocalizedMessage { locale: &'static str, message: String },
    #[serde(rename = "type.googleapis.com/google.rpc.Help")]
    Help { links: [Link; 1] },
    #[serde(rename = "type.googleapis.com/google.rpc.BadRequest")]
    #[serde(rename_all = "camelCase")]
    BadRequest { field_violations: [Violation; 1] },
}

#[derive(Serialize)]
struct Link {
    description: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Violation {
    description: String,
}

/// Keys in the order of the captures.
struct Metadata(Vec<(&'static str, String)>);

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

fn service() -> (&'static str, String) {
    ("service", SERVICE.into())
}

fn method(call: &Call<'_>) -> (&'static str, String) {
    ("method", call.method())
}

fn consumer(project: impl fmt::Display) -> (&'static str, String) {
    ("consumer", format!("projects/{project}"))
}

fn info(reason: &'static str, metadata: Vec<(&'static str, String)>) -> Detail {
    Detail::ErrorInfo { reason, domain: Some("googleapis.com"), metadata: Metadata(metadata) }
}

impl ApiError {
    pub(crate) fn into_reply(self, state: &State, call: &Call<'_>) -> Reply {
        let (status, name) = self.status();
        let message = self.message(call);
        let details = self.details(state, call, &message);
        let errors = self.legacy_errors(state, &message);
        let code = status.as_u16();
        let body = Body { error: Inner { code, message, errors, status: name, details } };
        let reply = Reply::json(status, &body);
        match self.www_authenticate(state) {
            Some(value) => reply.with(header::WWW_AUTHENTICATE, &value),
            None => reply,
        }
    }

    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::WrongCredentialType | Self::TokenExpired => {
                (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
            }
            Self::ModelNotFound(_) => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::KeyInvalid
            | Self::CredentialsDiffer
            | Self::UnknownParameter(_)
            | Self::InvalidArgument(_) => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
            _ => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        }
    }

    fn message(&self, call: &Call<'_>) -> String {
        match self {
            Self::NoCredentials => "Method doesn't allow unregistered callers (callers without established \
                identity). Please use API Key or other form of API consumer identity to call this API."
                .into(),
            Self::WrongCredentialType | Self::TokenExpired => CREDENTIALS_TEXT.into(),
            Self::ScopeInsufficient => "Request had insufficient authentication scopes.".into(),
            Self::ServiceDisabled(number) => format!(
                "Generative Language API has not been used in project {number} before or it is disabled. \
                 Enable it by visiting {} then retry. If you enabled this API recently, wait a few minutes \
                 for the action to propagate to our systems and retry.",
                activation_url(*number)
            ),
            Self::QuotaProjectMissing => format!(
                "Your application is authenticating by using local Application Default Credentials. The \
                 {SERVICE} API requires a quota project, which is not set by default. To learn how to set \
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
                format!("Model is not found: models/{id} for api version {}", call.version)
            }
            Self::KeyInvalid => "API key not valid. Please pass a valid API key.".into(),
            Self::CredentialsDiffer => {
                "The API Key and the authentication credential are from different projects.".into()
            }
            Self::UnknownParameter(name) => unknown_parameter(name),
            Self::InvalidArgument(text) => text.clone(),
        }
    }

    fn details(&self, state: &State, call: &Call<'_>, message: &str) -> Vec<Detail> {
        let localized = || Detail::LocalizedMessage { locale: "en-US", message: message.into() };
        match self {
            Self::WrongCredentialType => vec![Detail::ErrorInfo {
                reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                domain: (!state.config.switches.error_info_domain_omitted)
                    .then_some("googleapis.com"),
                metadata: Metadata(vec![method(call), service()]),
            }],
            Self::TokenExpired => vec![info("ACCESS_TOKEN_EXPIRED", vec![service(), method(call)])],
            Self::ScopeInsufficient => {
                vec![info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", vec![service(), method(call)])]
            }
            Self::ServiceDisabled(number) => {
                let help = ("Google developers console API activation", activation_url(*number));
                vec![service_disabled(*number), localized(), link(help)]
            }
            Self::QuotaProjectMissing => {
                vec![info("SERVICE_DISABLED", vec![service(), consumer(GCLOUD_PROJECT)])]
            }
            Self::ProjectDenied(project) => {
                vec![
                    project_denied(project),
                    link(("Google developer console IAM admin", iam_url(project))),
                ]
            }
            Self::ProjectDeleted(project) => vec![project_denied(project)],
            Self::KeyInvalid => {
                vec![info("API_KEY_INVALID", vec![service()]), localized()]
            }
            Self::UnknownParameter(name) => {
                let description = unknown_parameter(name);
                vec![Detail::BadRequest { field_violations: [Violation { description }] }]
            }
            _ => Vec::new(),
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

    fn www_authenticate(&self, state: &State) -> Option<String> {
        match self {
            Self::WrongCredentialType | Self::TokenExpired
                if state.config.switches.www_authenticate_error_param =>
            {
                Some(format!(r#"{REALM}, error="invalid_token""#))
            }
            Self::WrongCredentialType | Self::TokenExpired => Some(REALM.into()),
            Self::ScopeInsufficient => Some(format!(
                r#"{REALM}, error="insufficient_scope", scope="{}""#,
                SCOPES.join(" ")
            )),
            _ => None,
        }
    }
}

// The words are those of an unknown name in a body, bound to a query: from memory.
fn unknown_parameter(name: &str) -> String {
    format!(
        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' \
         could not be found in request message."
    )
}

fn activation_url(number: u64) -> String {
    format!("{CONSOLE}/apis/api/{SERVICE}/overview?project={number}")
}

fn iam_url(project: &str) -> String {
    format!("{CONSOLE}/iam-admin/iam/project?project={project}")
}

fn link((description, url): (&'static str, String)) -> Detail {
    Detail::Help { links: [Link { description, url }] }
}

fn service_disabled(number: u64) -> Detail {
    let metadata = vec![
        ("containerInfo", number.to_string()),
        ("activationUrl", activation_url(number)),
        ("serviceTitle", "Generative Language API".into()),
        service(),
        consumer(number),
    ];
    info("SERVICE_DISABLED", metadata)
}

fn project_denied(project: &str) -> Detail {
    let metadata = vec![("containerInfo", project.into()), consumer(project), service()];
    info("USER_PROJECT_DENIED", metadata)
}
