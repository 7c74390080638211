//! Checks a call before its method runs: credential, scope, quota project, enabled service.
//!
//! The order is inferred: no credentials, key, token, scope, the user's permission on the quota
//! project, service enabled; the quota comes after these. Source: pasted live replies; docs/emulator/gemini.md, Errors.

use super::Api;
use super::error::ApiError;
use crate::config::{GCLOUD_PROJECT, SERVICE_USE};
use crate::message::Request;
use crate::oauth::assertion;
use crate::oauth::flow::Grant;
use crate::state::{Lookup, State};
use crate::{KeyRefusal, Lifecycle, Project};
use std::borrow::Cow;

pub(crate) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const PER_USER_QUOTA: &str = "https://www.googleapis.com/auth/generative-language.peruserquota";
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

/// Lets a call through and says which project pays for it; `parameters` are those of its method.
pub(crate) fn check(
    state: &State,
    request: &Request,
    api: &Api,
    parameters: &[&str],
) -> Result<String, ApiError> {
    let (key, token) = (api_key(request), access_token(request));
    let are_both = key.is_some() && token.is_some();
    if are_both && state.config.switches.overloaded_before_key {
        return Err(ApiError::CredentialsOverloaded);
    }
    let key_project = key.map(|key| project_of_key(state, key)).transpose()?;
    let payer = match (token, key_project) {
        (None, None) if request.header("authorization").is_some() => {
            Err(ApiError::WrongCredentialType)?
        }
        (None, None) => Err(ApiError::NoCredentials)?,
        (None, Some(project)) => project,
        (Some(_), Some(_)) => Err(ApiError::CredentialsOverloaded)?,
        (Some(token), None) => check_token(state, request, token, api)?,
    };
    check_enabled(payer, api)?;
    check_parameters(state, request, parameters)?;
    Ok(payer.id.clone())
}

pub(crate) fn api_key(request: &Request) -> Option<&str> {
    request.header("x-goog-api-key").or_else(|| request.query.first("key"))
}

pub(crate) fn access_token(request: &Request) -> Option<&str> {
    request
        .authorization("Bearer")
        .or_else(|| request.query.first("access_token"))
        .or_else(|| request.query.first("oauth_token"))
}

pub(crate) fn project_of_key<'a>(state: &'a State, key: &str) -> Result<&'a Project, ApiError> {
    let projects = &state.config.projects;
    let refusing = projects.iter().find_map(|project| {
        project.refused_api_keys.get(key).map(|refusal| (*refusal, project.number))
    });
    match refusing {
        Some((KeyRefusal::Expired, _)) => return Err(ApiError::KeyExpired),
        Some((KeyRefusal::Leaked, _)) => return Err(ApiError::KeyLeaked),
        Some((KeyRefusal::Suspended, number)) => {
            return Err(ApiError::KeySuspended(key.to_owned(), number));
        }
        Some((KeyRefusal::Blocked, number)) => return Err(ApiError::KeyBlocked(number)),
        None => {}
    }
    let owner = projects.iter().find(|project| project.api_keys.iter().any(|one| one == key));
    owner.ok_or(ApiError::KeyInvalid)
}

/// The grant behind a token that counts: one that was issued here, or an assertion that a service account
/// signed for this API.
pub(crate) fn live_grant<'a>(
    state: &'a State,
    token: &str,
    api: &Api,
) -> Result<Cow<'a, Grant>, ApiError> {
    match state.access_token(token) {
        Lookup::Live(token) => Ok(Cow::Borrowed(&token.grant)),
        Lookup::Dead => Err(ApiError::TokenExpired),
        Lookup::Unknown => self_signed(state, token, api).map(Cow::Owned),
    }
}

/// What a JWT that a service account signed itself stands for. Source: Google's page "Service account
/// authorization without OAuth" (AIP-4111); how it is refused is inferred.
fn self_signed(state: &State, token: &str, api: &Api) -> Result<Grant, ApiError> {
    let (account, claims) = assertion::open(state, token).map_err(|fault| match fault {
        assertion::Fault::Time => ApiError::TokenExpired,
        _ => ApiError::WrongCredentialType,
    })?;
    let for_this_api = claims.aud.as_deref() == Some(&format!("https://{}/", api.service));
    let own = claims.sub.as_deref() == Some(&account.email);
    if !own || !for_this_api && claims.scope.is_empty() {
        return Err(ApiError::WrongCredentialType);
    }
    let scopes = match claims.scope.as_str() {
        "" => api.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        scopes => scopes.split_ascii_whitespace().map(str::to_owned).collect(),
    };
    let (client_id, project_id) = (account.unique_id, account.project);
    Ok(Grant { account: account.email, client_id, project_id, scopes, offline: false, family: 0 })
}

fn check_token<'a>(
    state: &'a State,
    request: &Request,
    token: &str,
    api: &Api,
) -> Result<&'a Project, ApiError> {
    let grant = live_grant(state, token, api)?;
    if !grant.scopes.iter().any(|scope| opens(state, api, scope)) {
        return Err(ApiError::ScopeInsufficient);
    }
    quota_project(state, request, &grant)
}

fn opens(state: &State, api: &Api, scope: &str) -> bool {
    let switches = &state.config.switches;
    api.scopes.contains(&scope)
        || switches.accept_cloud_platform && scope == CLOUD_PLATFORM
        || switches.accept_peruserquota && scope == PER_USER_QUOTA
}

/// The project that pays: the one that the header names, else the one of the OAuth client.
fn quota_project<'a>(
    state: &'a State,
    request: &Request,
    grant: &Grant,
) -> Result<&'a Project, ApiError> {
    if let Some(named) = named_project(state, request, grant)? {
        return Ok(named);
    }
    let own = state.config.project(&grant.project_id).ok_or(ApiError::QuotaProjectMissing)?;
    if state.config.switches.strict_quota_project || own.number == GCLOUD_PROJECT {
        return Err(ApiError::QuotaProjectMissing);
    }
    Ok(own)
}

/// The project of `x-goog-user-project`, if the user may have it charged.
pub(crate) fn named_project<'a>(
    state: &'a State,
    request: &Request,
    grant: &Grant,
) -> Result<Option<&'a Project>, ApiError> {
    let Some(named) = request.header("x-goog-user-project").filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let denied = || ApiError::ProjectDenied(named.to_owned());
    let project = state.config.project(named).ok_or_else(denied)?;
    if project.lifecycle == Lifecycle::Deleted {
        return Err(ApiError::ProjectDeleted(named.to_owned()));
    }
    if project.allows(&grant.account, SERVICE_USE) { Ok(Some(project)) } else { Err(denied()) }
}

pub(crate) fn check_enabled(project: &Project, api: &Api) -> Result<(), ApiError> {
    if project.services.iter().any(|service| service == api.service) {
        Ok(())
    } else {
        Err(ApiError::ServiceDisabled(project.number))
    }
}

fn check_parameters(state: &State, request: &Request, parameters: &[&str]) -> Result<(), ApiError> {
    if !state.config.switches.reject_unknown_query {
        return Ok(());
    }
    let known = |name: &str| COMMON_PARAMETERS.contains(&name) || parameters.contains(&name);
    match request.query.iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(ApiError::UnknownParameter(name.to_owned())),
        None => Ok(()),
    }
}
