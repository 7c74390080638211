//! The jwt-bearer grant: a service account's signed assertion in, an access token or an id_token out.
//!
//! The order of checks: form, account, signature, times, audience, subject, scope.
//! Source: RFC 7523, sections 2.1 and 3; pasted live errors. The words for an unknown account and for a
//! wrong audience are from memory.

use super::assertion::{self, Claims, Fault};
use super::client_authentication::required;
use super::flow::Grant;
use super::token_reply::{Success, TokenError};
use super::{id_token, refusal, scopes};
use crate::ServiceAccount;
use crate::message::{Parameters, Reply, Request};
use crate::state::State;
use http::StatusCode;
use serde_json::json;

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Google's clients send this whatever address they talk to.
const GOOGLE_AUDIENCES: [&str; 2] =
    ["https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token"];

pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    form: &Parameters,
) -> Result<Reply, TokenError> {
    let assertion = required(form, "assertion")?;
    let (account, claims) = opened(state, request, assertion)?;
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

/// The account that signed for this endpoint, and what it claims.
fn opened(
    state: &State,
    request: &Request,
    assertion: &str,
) -> Result<(ServiceAccount, Claims), TokenError> {
    let refused = |why: &str| TokenError::bad("invalid_grant", why);
    let opened = assertion::open(state, assertion);
    let own = format!("{}{}", request.origin, request.path);
    let is_ours = |aud: &str| aud == own || GOOGLE_AUDIENCES.contains(&aud);
    match opened {
        Err(Fault::Malformed) => Err(TokenError::bad("invalid_request", "Bad Request")),
        Err(Fault::Account) => Err(refused("Invalid grant: account not found")),
        Err(Fault::Signature) => Err(refused("Invalid JWT Signature.")),
        Ok((_, claims)) if !claims.aud.as_deref().is_some_and(is_ours) => {
            Err(refused("Invalid JWT: Failed audience check."))
        }
        Err(Fault::Time) => Err(refused(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
             Check your iat and exp values in the JWT claim.",
        )),
        Ok(opened) => Ok(opened),
    }
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
