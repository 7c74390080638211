//! The Security Token Service: tokens of other identity providers in, federated access tokens out.
//!
//! In: the form of RFC 8693, section 2.1, at `/v1/token`; a refresh token of such a user at `/v1/oauthtoken`. Out:
//! an access token for a principal, which may have permissions, impersonate a service account, call APIs.
//! Source: RFC 8693, what google-auth sends; words of refusals are our own.

use super::client_authentication::{authenticate, required};
use super::flow::Grant;
use super::scopes;
use super::token_reply::TokenError;
use crate::IdentityProvider;
use crate::config::identity_provider::Rejected;
use crate::message::{Parameters, Reply, Request};
use crate::state::{Lookup, State};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(crate) const EXCHANGE_PATH: &str = "/v1/token";
pub(crate) const REFRESH_PATH: &str = "/v1/oauthtoken";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TOKEN_TYPES: [&str; 5] = [
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:aws:token-type:aws4_request",
    "urn:ietf:params:oauth:token-type:saml2",
    "urn:ietf:params:oauth:token-type:mtls",
];
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let form = request.form();
    let reply = match request.path.as_str() {
        REFRESH_PATH => refresh(state, request, &form),
        _ => exchange(state, request, &form),
    };
    reply.unwrap_or_else(TokenError::into_reply)
}

fn exchange(state: &mut State, request: &Request, form: &Parameters) -> Result<Reply, TokenError> {
    expect(form, "grant_type", GRANT_TYPE, "unsupported_grant_type")?;
    expect(form, "requested_token_type", ACCESS_TOKEN, "invalid_request")?;
    let token_type = required(form, "subject_token_type")?;
    let token = required(form, "subject_token")?;
    if request.header("authorization").is_some() {
        authenticate(state, request, form)?;
    }
    let grant = if token_type == ACCESS_TOKEN {
        downscoped(state, token)?
    } else {
        federated(state, form, token, token_type)?
    };
    let mut body = issued(state, grant);
    body.insert("issued_token_type".into(), ACCESS_TOKEN.into());
    Ok(Reply::json(StatusCode::OK, &body).private())
}

/// A Google access token for a weaker one: the boundary in `options` changes nothing here.
fn downscoped(state: &State, token: &str) -> Result<Grant, TokenError> {
    match state.access_token(token) {
        Lookup::Live(token) => Ok(token.grant.clone()),
        Lookup::Dead | Lookup::Unknown => Err(TokenError::bad(
            "invalid_grant",
            "The subject token is no access token, or it has expired or been revoked.",
        )),
    }
}

fn federated(
    state: &mut State,
    form: &Parameters,
    token: &str,
    token_type: &str,
) -> Result<Grant, TokenError> {
    if !SUBJECT_TOKEN_TYPES.contains(&token_type) {
        return Err(TokenError::bad("invalid_request", "Unsupported subject_token_type."));
    }
    let audience = required(form, "audience")?;
    let scopes = asked_scopes(form)?;
    let provider = state
        .config
        .identity_providers
        .iter()
        .find(|provider| provider.audience == audience)
        .ok_or_else(|| {
            let text = "The target service indicated by the \"audience\" parameters is invalid.";
            TokenError::bad("invalid_target", text)
        })?;
    let subject = provider.subject(token, token_type, &state.clock).map_err(rejected)?;
    let project = match user_project(form)? {
        Some(project) => project,
        None => provider.project.clone(),
    };
    let provider = provider.clone();
    Ok(grant(state, &provider, &subject, project, scopes))
}

fn asked_scopes(form: &Parameters) -> Result<Vec<String>, TokenError> {
    let asked = required(form, "scope")?;
    let scopes: Option<Vec<String>> = asked.split_ascii_whitespace().map(scopes::known).collect();
    scopes.ok_or_else(|| TokenError::bad("invalid_scope", "A scope does not exist."))
}

/// The project that a workforce user names in `options`.
fn user_project(form: &Parameters) -> Result<Option<String>, TokenError> {
    let Some(options) = form.first("options") else { return Ok(None) };
    let options: Value = serde_json::from_str(options)
        .map_err(|_| TokenError::bad("invalid_request", "The parameter options is not JSON."))?;
    Ok(options["userProject"].as_str().map(str::to_owned))
}

fn rejected(why: Rejected) -> TokenError {
    let text = match why {
        Rejected::Malformed => "The subject token could not be parsed.",
        Rejected::Issuer => "The issuer of the subject token is not the one of the provider.",
        Rejected::Expired => "The subject token has expired.",
        Rejected::TargetResource => {
            "The signed header x-goog-cloud-target-resource does not name the provider."
        }
    };
    TokenError::bad("invalid_grant", text)
}

fn refresh(state: &mut State, request: &Request, form: &Parameters) -> Result<Reply, TokenError> {
    expect(form, "grant_type", "refresh_token", "unsupported_grant_type")?;
    let token = required(form, "refresh_token")?;
    authenticate(state, request, form)?;
    let mut providers = state.config.identity_providers.iter();
    let found =
        providers.find_map(|one| Some((one.clone(), one.refresh_tokens.get(token)?.clone())));
    let (provider, subject) = found
        .ok_or_else(|| TokenError::bad("invalid_grant", "Token has been expired or revoked."))?;
    let project = provider.project.clone();
    let grant = grant(state, &provider, &subject, project, vec![CLOUD_PLATFORM.to_owned()]);
    Ok(Reply::json(StatusCode::OK, &issued(state, grant)).private())
}

fn grant(
    state: &mut State,
    provider: &IdentityProvider,
    subject: &str,
    project_id: String,
    scopes: Vec<String>,
) -> Grant {
    Grant {
        account: provider.principal(subject),
        client_id: provider.audience.clone(),
        project_id,
        scopes,
        offline: false,
        family: state.new_family(),
    }
}

fn issued(state: &mut State, grant: Grant) -> Map<String, Value> {
    let (token, life) = state.issue_access_token(grant);
    let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": life.as_secs()});
    body.as_object().cloned().unwrap_or_default()
}

fn expect(
    form: &Parameters,
    name: &str,
    wanted: &str,
    error: &'static str,
) -> Result<(), TokenError> {
    let sent = required(form, name)?;
    if sent == wanted {
        Ok(())
    } else {
        Err(TokenError::bad(error, format!("Invalid {name}: {sent}")))
    }
}
