//! The words of each API error.
//!
//! In: the error and the method that was called. Out: `error.message`, as in the captures.

use super::error::{ApiError, Exceeded};
use super::{CREDENTIALS_TEXT, Site};

const CONSOLE: &str = "https://console.developers.google.com";
pub(super) const QUOTA_HELP: &str = "https://ai.google.dev/gemini-api/docs/rate-limits";
pub(super) const QUOTA_METRIC: &str =
    "generativelanguage.googleapis.com/generate_content_free_tier_requests";
const NO_CREDENTIALS: &str = "Method doesn't allow unregistered callers (callers without established \
    identity). Please use API Key or other form of API consumer identity to call this API.";
const CREDENTIALS_OVERLOADED: &str = "API key for authentication is used with other authentication credentials. \
    Expected only one form of authentication.";
const KEY_UNSUPPORTED: &str = "API keys are not supported by this API. Expected OAuth2 access token or other \
    authentication credentials that assert a principal. See https://cloud.google.com/docs/authentication";

impl ApiError {
    pub(super) fn message(&self, site: &Site<'_>) -> String {
        match self {
            Self::Refused(_, text) => text.clone(),
            Self::NoCredentials => NO_CREDENTIALS.into(),
            Self::WrongCredentialType | Self::TokenExpired => CREDENTIALS_TEXT.into(),
            Self::KeyUnsupported => KEY_UNSUPPORTED.into(),
            // From memory.
            Self::TokenMissing => CREDENTIALS_TEXT.replace(
                "had invalid authentication credentials",
                "is missing required authentication credential",
            ),
            Self::ScopeInsufficient => "Request had insufficient authentication scopes.".into(),
            Self::ServiceDisabled(number) => service_disabled(site, *number),
            Self::QuotaProjectMissing => quota_project_missing(site.api.service),
            Self::ProjectDenied(project) => project_denied(project),
            Self::ProjectDeleted(project) => format!("Project {project} has been deleted."),
            Self::ModelNotFound(id) => {
                format!("Model is not found: models/{id} for api version {}", site.version)
            }
            Self::MethodUnsupported(id, method) => method_unsupported(site, id, method),
            Self::QuotaExceeded(exceeded) => exceeded.message(),
            Self::KeyInvalid
            | Self::KeyExpired
            | Self::KeyLeaked
            | Self::KeySuspended(..)
            | Self::KeyBlocked(_) => self.message_of_key(site),
            Self::CredentialsOverloaded => CREDENTIALS_OVERLOADED.into(),
            Self::Scripted(_, message) => (*message).into(),
            Self::UnknownParameter(name) => unknown_parameter(name),
            Self::BadBody(violations) => {
                violations.iter().map(|one| one.description.as_str()).collect::<Vec<_>>().join("\n")
            }
            Self::InvalidArgument(text) | Self::PermissionDenied(text, _) => text.clone(),
        }
    }

    fn message_of_key(&self, site: &Site<'_>) -> String {
        match self {
            Self::KeyExpired => "API key expired. Please renew the API key.".into(),
            Self::KeyLeaked => {
                "Your API key was reported as leaked. Please use another API key.".into()
            }
            Self::KeySuspended(key, _) => {
                format!("Permission denied: Consumer 'api_key:{key}' has been suspended.")
            }
            Self::KeyBlocked(_) => {
                let (service, method) = (site.api.service, &site.method);
                format!("Requests to this API {service} method {method} are blocked.")
            }
            _ => "API key not valid. Please pass a valid API key.".into(),
        }
    }
}

fn service_disabled(site: &Site<'_>, number: u64) -> String {
    format!(
        "{} has not been used in project {number} before or it is disabled. Enable it by visiting {} then \
         retry. If you enabled this API recently, wait a few minutes for the action to propagate to our \
         systems and retry.",
        site.api.title,
        activation_url(site, number)
    )
}

fn quota_project_missing(service: &str) -> String {
    format!(
        "Your application is authenticating by using local Application Default Credentials. The {service} \
         API requires a quota project, which is not set by default. To learn how to set your quota project, \
         see https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
    )
}

fn project_denied(project: &str) -> String {
    format!(
        "Caller does not have required permission to use project {project}. Grant the caller the \
         roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use \
         permission, by visiting {} and then retry. Propagation of the new permission may take a few \
         minutes.",
        iam_url(project)
    )
}

fn method_unsupported(site: &Site<'_>, id: &str, method: &str) -> String {
    format!(
        "models/{id} is not found for API version {}, or is not supported for {method}. Call ListModels to \
         see the list of available models and their supported methods.",
        site.version
    )
}

// The words are those of an unknown name in a body, bound to a query: from memory.
pub(super) fn unknown_parameter(name: &str) -> String {
    format!(
        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' \
         could not be found in request message."
    )
}

impl Exceeded {
    fn message(&self) -> String {
        let (limit, wait) = (self.limit, self.wait.as_secs_f64());
        format!(
            "You exceeded your current quota, please check your plan and billing details. For more information \
             on this error, head to: {QUOTA_HELP}.\n* Quota exceeded for metric: {QUOTA_METRIC}, limit: \
             {limit}\nPlease retry in {wait}s."
        )
    }
}

pub(super) fn activation_url(site: &Site<'_>, number: u64) -> String {
    format!("{CONSOLE}/apis/api/{}/overview?project={number}", site.api.service)
}

pub(super) fn iam_url(project: &str) -> String {
    format!("{CONSOLE}/iam-admin/iam/project?project={project}")
}
