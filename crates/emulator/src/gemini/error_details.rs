//! The `details` of each API error.
//!
//! In: the error and where it happened. Out: its details in the order of the captures. Metadata of rows 16
//! and 17 is from memory; docs/emulator.md says so.

use super::{
    api::Site,
    error::{ApiError, unknown_parameter},
    error_body::{Detail, Metadata, QuotaViolation, Violation, consumer, info, link},
    guard::GCLOUD_PROJECT,
    quota::Exceeded,
};
use crate::state::State;

const CONSOLE: &str = "https://console.developers.google.com";
const QUOTA_HELP: &str = "https://ai.google.dev/gemini-api/docs/rate-limits";
const QUOTA_METRIC: &str = "generativelanguage.googleapis.com/generate_content_free_tier_requests";

pub(crate) fn details(
    error: &ApiError,
    state: &State,
    site: &Site<'_>,
    message: &str,
) -> Vec<Detail> {
    let localized = || Detail::LocalizedMessage { locale: "en-US", message: message.into() };
    let (service, method) = (site.api.in_metadata(), site.in_metadata());
    match error {
        ApiError::WrongCredentialType => vec![Detail::ErrorInfo {
            reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            domain: (!state.config.switches.error_info_domain_omitted).then_some("googleapis.com"),
            metadata: Metadata(vec![method, service]),
        }],
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

impl Exceeded {
    pub(crate) fn message(&self) -> String {
        let (limit, wait) = (self.limit, self.wait.as_secs_f64());
        format!(
            "You exceeded your current quota, please check your plan and billing details. For more information \
             on this error, head to: {QUOTA_HELP}.\n* Quota exceeded for metric: {QUOTA_METRIC}, limit: \
             {limit}\nPlease retry in {wait}s."
        )
    }

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

pub(crate) fn activation_url(site: &Site<'_>, number: u64) -> String {
    format!("{CONSOLE}/apis/api/{}/overview?project={number}", site.api.service)
}

pub(crate) fn iam_url(project: &str) -> String {
    format!("{CONSOLE}/iam-admin/iam/project?project={project}")
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
