//! The jwt-bearer grant: a service account's signed assertion in, an access token or an id_token out.
//!
//! The order of checks: form, account, signature, audience, times, subject, scope.
//! Source: RFC 7523, sections 2.1 and 3; pasted live errors. The words for an unknown account and for a
//! wrong audience are from memory.

use super::client_authentication::required;
use super::flow::Grant;
use super::token_reply::{Success, TokenError};
use super::{id_token, refusal, scopes};
use crate::ServiceAccount;
use crate::clock::epoch_seconds;
use crate::config::service_account;
use crate::message::{Parameters, Reply, Request};
use crate::state::State;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Google's clients send this whatever address they talk to.
const GOOGLE_AUDIENCES: [&str; 2] =
    ["https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token"];
const LONGEST_LIFE: u64 = 3600;
/// How far ahead the clock of a client may be; from memory.
const SKEW: u64 = 300;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(default)]
    scope: String,
    target_audience: Option<String>,
    sub: Option<String>,
}

pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    form: &Parameters,
) -> Result<Reply, TokenError> {
    let assertion = required(form, "assertion")?;
    let (account, claims) = open(state, request, assertion)?;
    check_refusals(state, &account)?;
    if let Some(audience) = claims.target_audience.filter(|audience| !audience.is_empty()) {
        let id_token = id_token::of_service_account(state, &account, &audience);
        return Ok(Reply::json(StatusCode::OK, &json!({"id_token": id_token})).private());
    }
    let scopes = asked_scopes(&claims.scope)?;
    let subject = subject(state, &account, claims.sub.as_deref(), &scopes)?;
    let grant = Grant {
        account: subject,
        client_id: account.unique_id,
        project_id: account.project,
        scopes,
        offline: false,
        family: state.new_family(),
    };
    let (access_token, life) = state.issue_access_token(grant);
    Ok(Success::of_service_account(access_token, life.as_secs()).into_reply())
}

fn check_refusals(state: &State, account: &ServiceAccount) -> Result<(), TokenError> {
    let mut refusals = state.config.refusals(&account.email, &account.unique_id, &account.project);
    refusals.find_map(refusal::token).map_or(Ok(()), Err)
}

/// The account that signed, and what it claims, once both are right.
fn open(
    state: &State,
    request: &Request,
    assertion: &str,
) -> Result<(ServiceAccount, Claims), TokenError> {
    let refused = |why: &str| TokenError::bad("invalid_grant", why);
    let parts = assertion.rsplit_once('.').and_then(|(signed, signature)| {
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
        let claims: Claims = serde_json::from_slice(&decoded(claims)?).ok()?;
        Some((signed, decoded(signature)?, header, claims))
    });
    let (signed, signature, header, claims) =
        parts.ok_or_else(|| TokenError::bad("invalid_request", "Bad Request"))?;
    let accounts = &state.config.service_accounts;
    let account = accounts
        .iter()
        .find(|account| account.email == claims.iss)
        .ok_or_else(|| refused("Invalid grant: account not found"))?;
    let key_fits = header.kid.is_none_or(|kid| kid == account.key_id);
    if header.alg != "RS256" || !key_fits || !service_account::signed(signed.as_bytes(), &signature)
    {
        return Err(refused("Invalid JWT Signature."));
    }
    let own = format!("{}{}", request.origin, request.path);
    if claims.aud != own && !GOOGLE_AUDIENCES.contains(&claims.aud.as_str()) {
        return Err(refused("Invalid JWT: Failed audience check."));
    }
    let now = epoch_seconds(state.clock.now());
    let life = claims.exp.checked_sub(claims.iat).filter(|life| *life <= LONGEST_LIFE);
    if life.is_none() || claims.exp <= now || claims.iat > now.saturating_add(SKEW) {
        return Err(refused(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
             Check your iat and exp values in the JWT claim.",
        ));
    }
    Ok((account.clone(), claims))
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

fn asked_scopes(scope: &str) -> Result<Vec<String>, TokenError> {
    let scopes: Option<Vec<String>> = scope.split_ascii_whitespace().map(scopes::known).collect();
    scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| {
        TokenError::bad("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    })
}

/// Whom the token stands for: the account, or a user that it may act as.
fn subject(
    state: &State,
    account: &ServiceAccount,
    sub: Option<&str>,
    scopes: &[String],
) -> Result<String, TokenError> {
    let Some(sub) = sub.filter(|sub| !sub.is_empty() && *sub != account.email) else {
        return Ok(account.email.clone());
    };
    if !sub.contains('@') {
        return Err(TokenError::bad("invalid_grant", "Not a valid email"));
    }
    let user = state
        .config
        .user(sub)
        .ok_or_else(|| TokenError::bad("invalid_grant", "Invalid email or User ID"))?;
    if !scopes.iter().all(|scope| account.delegated_scopes.contains(scope)) {
        return Err(TokenError::unauthorized(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized \
             for any of the scopes requested.",
        ));
    }
    Ok(user.email.clone())
}
