//! Checks a call before its method runs: credential, scope, quota project, enabled service.
//!
//! The order is inferred: no credentials, key, token, scope, the user's permission on the quota
//! project, service enabled. Source: pasted live replies; docs/emulator.md, Errors.

use super::{Call, SERVICE, error::ApiError};
use crate::{
    Lifecycle, Project,
    defaults::SERVICE_USE,
    message::Request,
    state::{Grant, Lookup, State},
};

/// The scopes that open the API, as its `WWW-Authenticate` header lists them. `cloud-platform` is not one.
pub(crate) const SCOPES: [&str; 5] = [
    "https://www.googleapis.com/auth/generative-language",
    "https://www.googleapis.com/auth/generative-language.tuning",
    "https://www.googleapis.com/auth/generative-language.tuning.readonly",
    "https://www.googleapis.com/auth/generative-language.retriever",
    "https://www.googleapis.com/auth/generative-language.retriever.readonly",
];
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const PER_USER_QUOTA: &str = "https://www.googleapis.com/auth/generative-language.peruserquota";
/// The project of gcloud's own OAuth client, which may not be charged.
pub(crate) const GCLOUD_PROJECT: u64 = 764_086_051_850;
/// What every method takes.
const COMMON_PARAMETERS: [&str; 14] = [
    "$.xgafv",
    "$alt",
    "$prettyPrint",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
    "$userProject",
];

pub(crate) fn check(state: &State, request: &Request, call: &Call<'_>) -> Result<(), ApiError> {
    let key = request.header("x-goog-api-key").or_else(|| request.query.first("key"));
    let token = request
        .authorization("Bearer")
        .or_else(|| request.query.first("access_token"))
        .or_else(|| request.query.first("oauth_token"));
    let key_project = match key {
        Some(key) => Some(project_of_key(state, key).ok_or(ApiError::KeyInvalid)?),
        None => None,
    };
    match (token, key_project) {
        (None, None) if request.header("authorization").is_some() => {
            Err(ApiError::WrongCredentialType)?
        }
        (None, None) => Err(ApiError::NoCredentials)?,
        (None, Some(project)) => check_enabled(project)?,
        (Some(token), key_project) => check_token(state, request, token, key_project)?,
    }
    check_parameters(state, request, call)
}

fn project_of_key<'a>(state: &'a State, key: &str) -> Option<&'a Project> {
    state.config.projects.iter().find(|project| project.api_keys.iter().any(|one| one == key))
}

fn check_token(
    state: &State,
    request: &Request,
    token: &str,
    key_project: Option<&Project>,
) -> Result<(), ApiError> {
    let grant = match state.access_token(token) {
        Lookup::Live(token) => &token.grant,
        Lookup::Dead => return Err(ApiError::TokenExpired),
        Lookup::Unknown => return Err(ApiError::WrongCredentialType),
    };
    if key_project.is_some_and(|project| project.id != grant.project_id) {
        return Err(ApiError::CredentialsDiffer);
    }
    if !grant.scopes.iter().any(|scope| opens(state, scope)) {
        return Err(ApiError::ScopeInsufficient);
    }
    check_enabled(quota_project(state, request, grant)?)
}

fn opens(state: &State, scope: &str) -> bool {
    let switches = &state.config.switches;
    SCOPES.contains(&scope)
        || switches.accept_cloud_platform && scope == CLOUD_PLATFORM
        || switches.accept_peruserquota && scope == PER_USER_QUOTA
}

/// The project that pays: the one that the header names, else the one of the OAuth client.
fn quota_project<'a>(
    state: &'a State,
    request: &Request,
    grant: &Grant,
) -> Result<&'a Project, ApiError> {
    let Some(named) = request.header("x-goog-user-project").filter(|name| !name.is_empty()) else {
        let own = state.config.project(&grant.project_id).ok_or(ApiError::QuotaProjectMissing)?;
        let strict = state.config.switches.strict_quota_project;
        return if strict || own.number == GCLOUD_PROJECT {
            Err(ApiError::QuotaProjectMissing)
        } else {
            Ok(own)
        };
    };
    let denied = || ApiError::ProjectDenied(named.to_owned());
    let project = state.config.project(named).ok_or_else(denied)?;
    if project.lifecycle == Lifecycle::Deleted {
        return Err(ApiError::ProjectDeleted(named.to_owned()));
    }
    if project.allows(&grant.account, SERVICE_USE) { Ok(project) } else { Err(denied()) }
}

fn check_enabled(project: &Project) -> Result<(), ApiError> {
    if project.services.iter().any(|service| service == SERVICE) {
        Ok(())
    } else {
        Err(ApiError::ServiceDisabled(project.number))
    }
}

fn check_parameters(state: &State, request: &Request, call: &Call<'_>) -> Result<(), ApiError> {
    if !state.config.switches.reject_unknown_query {
        return Ok(());
    }
    let known = |name: &str| COMMON_PARAMETERS.contains(&name) || call.parameters.contains(&name);
    match request.query.iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(ApiError::UnknownParameter(name.to_owned())),
        None => Ok(()),
    }
}
