//! Tokeninfo: what an access token or an id_token is good for.
//!
//! The token comes in the query, in a form, or as a bearer, as google-auth-library for Node sends it. Numbers and
//! booleans are strings here, as in life, but not in the older form. Source: pasted live replies; the fields of the
//! older form are those of the API's discovery document, from memory.

use super::{id_token, scopes};
use crate::clock::{epoch_seconds, seconds_until};
use crate::message::{Reply, Request};
use crate::state::{AccessToken, Lookup, State};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Serialize)]
struct TokenInfo<'a> {
    azp: &'a str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    scope: String,
    exp: String,
    expires_in: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<&'a str>,
    access_type: &'a str,
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let form = request.form();
    let given =
        |name: &str| request.query.first(name).or_else(|| form.first(name)).map(str::to_owned);
    let bearer = request.authorization("Bearer").map(str::to_owned);
    let info = if let Some(token) = given("access_token").or(bearer) {
        match state.access_token(&token) {
            Lookup::Live(token) => Some(of_access_token(state, token)),
            Lookup::Dead | Lookup::Unknown => None,
        }
    } else if let Some(token) = given("id_token") {
        id_token::opened(state, &token).map(|(header, claims)| of_id_token(header, claims))
    } else {
        // From memory.
        return refused(
            "invalid_request",
            "either access_token, id_token, or token_handle required",
        );
    };
    info.unwrap_or_else(|| refused("invalid_token", "Invalid Value"))
}

/// The older form, of the API "oauth2" v2.
pub(crate) fn answer_v2(state: &mut State, request: &Request) -> Reply {
    let form = request.form();
    let token = request.query.first("access_token").or_else(|| form.first("access_token"));
    let Some(token) = token.or_else(|| request.authorization("Bearer")) else {
        return answer(state, request);
    };
    let Lookup::Live(token) = state.access_token(token) else {
        return refused("invalid_token", "Invalid Value");
    };
    let grant = &token.grant;
    let mut info = json!({
        "issued_to": grant.client_id,
        "audience": grant.client_id,
        "scope": grant.scopes.join(" "),
        "expires_in": seconds_until(token.expires, state.clock.now()),
        "access_type": if grant.offline { "offline" } else { "online" },
    });
    let is_granted = |scope: &str| grant.scopes.iter().any(|one| one == scope);
    let user = state.config.user(&grant.account);
    if let Some(user) = user.filter(|_| grant.scopes.iter().any(|one| scopes::is_identity(one))) {
        info["user_id"] = json!(user.sub);
    }
    if is_granted(scopes::EMAIL) {
        info["email"] = json!(grant.account);
        info["verified_email"] = json!(true);
    }
    Reply::json(StatusCode::OK, &info).private()
}

fn of_access_token(state: &State, token: &AccessToken) -> Reply {
    let grant = &token.grant;
    let granted = |scope: &str| grant.scopes.iter().any(|one| one == scope);
    let identified = grant.scopes.iter().any(|scope| scopes::is_identity(scope));
    let user = state.config.user(&grant.account);
    let info = TokenInfo {
        azp: &grant.client_id,
        aud: &grant.client_id,
        sub: user.filter(|_| identified).map(|user| user.sub.as_str()),
        scope: grant.scopes.join(" "),
        exp: epoch_seconds(token.expires).to_string(),
        expires_in: seconds_until(token.expires, state.clock.now()).to_string(),
        email: granted(scopes::EMAIL).then_some(&grant.account),
        email_verified: granted(scopes::EMAIL).then_some("true"),
        access_type: if grant.offline { "offline" } else { "online" },
    };
    Reply::json(StatusCode::OK, &info).private()
}

fn of_id_token(header: Map<String, Value>, claims: Map<String, Value>) -> Reply {
    let text = |value: Value| match value {
        Value::String(_) => value,
        other => Value::String(other.to_string()),
    };
    let all: Map<String, Value> =
        claims.into_iter().chain(header).map(|(name, value)| (name, text(value))).collect();
    Reply::json(StatusCode::OK, &all).private()
}

fn refused(error: &str, description: &str) -> Reply {
    let body = json!({"error": error, "error_description": description});
    Reply::json(StatusCode::BAD_REQUEST, &body).private()
}
