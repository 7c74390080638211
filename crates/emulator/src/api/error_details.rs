//! The reply of each API error: its `details` and headers.
//!
//! In: the error and where it happened. Out: the reply, details in the order of the captures. Metadata of
//! suspended and blocked keys is from memory; docs/emulator/gemini.md says so. The frame is in `error_body`.

use super::Site;
use super::error::{ApiError, Exceeded};
use super::error_body::{
    Body, Detail, Inner, Metadata, QuotaViolation, Violation, consumer, info, link,
};
use super::error_message::{QUOTA_HELP, QUOTA_METRIC, activation_url, iam_url, unknown_parameter};
use crate::QuotaPeriod;
use crate::config::GCLOUD_PROJECT;
use crate::message::Reply;
use crate::state::State;
use http::{StatusCode, header};
use serde_json::{Value, json};

const REALM: &str = r#"Bearer realm="https://accounts.google.com/""#;

impl ApiError {
    pub(crate) fn into_reply(self, state: &State, site: &Site<'_>) -> Reply {
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

fn details(error: &ApiError, state: &State, site: &Site<'_>, message: &str) -> Vec<Detail> {
    let localized = || Detail::LocalizedMessage { locale: "en-US", message: message.into() };
    let (service, method) = (site.api.in_metadata(), site.in_metadata());
    match error {
        ApiError::WrongCredentialType => vec![Detail::ErrorInfo {
            reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            domain: (!state.config.switches.error_info_domain_omitted).then_some("googleapis.com"),
            metadata: Metadata(vec![method, service]),
        }],
        ApiError::CredentialsOverloaded => {
            vec![info("OVERLOADED_CREDENTIALS", vec![method, service])]
        }
        ApiError::TokenExpired => vec![info("ACCESS_TOKEN_EXPIRED", vec![service, method])],
        ApiError::KeyUnsupported | ApiError::TokenMissing => {
            vec![info("CREDENTIALS_MISSING", vec![method, service])]
        }
        ApiError::ScopeInsufficient => {
            vec![info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", vec![service, method])]
        }
        ApiError::ServiceDisabled(number) => {
            let help = ("Google developers console API activation", activation_url(site, *number));
            vec![service_disabled(site, *number), localized(), link(help)]
        }
        ApiError::QuotaProjectMissing => {
            vec![info("SERVICE_DISABLED", vec![service, consumer(GCLOUD_PROJECT)])]
        }
        ApiError::ProjectDenied(project) => {
            let help = ("Google developer console IAM admin", iam_url(project));
            vec![project_denied(site, project), link(help)]
        }
        ApiError::ProjectDeleted(project) => vec![project_denied(site, project)],
        ApiError::QuotaExceeded(exceeded) => exceeded.details(),
        ApiError::KeyInvalid | ApiError::KeyExpired => {
            vec![info("API_KEY_INVALID", vec![service]), localized()]
        }
        ApiError::KeySuspended(key, number) => {
            let container = ("containerInfo", format!("api_key:{key}"));
            vec![info("CONSUMER_SUSPENDED", vec![service, consumer(number), container])]
        }
        ApiError::KeyBlocked(number) => {
            let name = ("methodName", site.method.clone());
            let api = ("apiName", site.api.service.into());
            vec![info("API_KEY_SERVICE_BLOCKED", vec![service, consumer(number), name, api])]
        }
        ApiError::UnknownParameter(name) => vec![Detail::BadRequest {
            field_violations: vec![Violation {
                field: String::new(),
                description: unknown_parameter(name),
            }],
        }],
        ApiError::BadBody(violations) => {
            vec![Detail::BadRequest { field_violations: violations.clone() }]
        }
        ApiError::PermissionDenied(_, Some(reason)) => vec![Detail::ErrorInfo {
            reason,
            domain: Some(site.api.service),
            metadata: Metadata(Vec::new()),
        }],
        _ => Vec::new(),
    }
}

impl QuotaPeriod {
    fn quota_id(self) -> &'static str {
        match self {
            Self::Minute => "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            Self::Day => "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        }
    }
}

impl Exceeded {
    fn details(&self) -> Vec<Detail> {
        let violation = QuotaViolation {
            quota_metric: QUOTA_METRIC,
            quota_id: self.period.quota_id(),
            quota_dimensions: Metadata(vec![
                ("location", "global".into()),
                ("model", self.model.clone()),
            ]),
            quota_value: self.limit.to_string(),
        };
        vec![
            Detail::QuotaFailure { violations: [violation] },
            link(("Learn more about Gemini API quotas", QUOTA_HELP.into())),
            Detail::RetryInfo { retry_delay: format!("{}s", self.wait.as_secs()) },
        ]
    }
}

fn service_disabled(site: &Site<'_>, number: u64) -> Detail {
    let metadata = vec![
        ("containerInfo", number.to_string()),
        ("activationUrl", activation_url(site, number)),
        ("serviceTitle", site.api.title.into()),
        site.api.in_metadata(),
        consumer(number),
    ];
    info("SERVICE_DISABLED", metadata)
}

fn project_denied(site: &Site<'_>, project: &str) -> Detail {
    let metadata =
        vec![("containerInfo", project.into()), consumer(project), site.api.in_metadata()];
    info("USER_PROJECT_DENIED", metadata)
}
