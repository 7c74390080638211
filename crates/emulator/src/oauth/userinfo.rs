//! Userinfo: who the user of an access token is, as far as the scopes go.
//!
//! Source: OpenID Connect Core, section 5.3; the error texts are from memory.

use super::flow::Grant;
use super::id_token::Name;
use super::scopes;
use crate::User;
use crate::api::CREDENTIALS_TEXT;
use crate::message::{Reply, Request};
use crate::state::{Lookup, State};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(flatten)]
    name: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hd: Option<&'a str>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct ClaimsV2<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_email: Option<bool>,
    #[serde(flatten)]
    name: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hd: Option<&'a str>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let Some((user, grant)) = caller(state, request) else {
        let body = json!({"error": "invalid_request", "error_description": "Invalid Credentials"});
        return unauthorized(Reply::json(StatusCode::UNAUTHORIZED, &body));
    };
    let email = granted(grant, scopes::EMAIL);
    let claims = Claims {
        sub: &user.sub,
        name: granted(grant, scopes::PROFILE).then(|| Name::of(&user.name)),
        email: email.then_some(&user.email),
        email_verified: email.then_some(true),
        hd: user.hd.as_deref(),
        more: &user.claims,
    };
    Reply::json(StatusCode::OK, &claims).private()
}

/// The older path, which answers in the style of Google's APIs.
pub(crate) fn answer_v2(state: &mut State, request: &Request) -> Reply {
    let Some((user, grant)) = caller(state, request) else {
        let body = json!({"error": {"code": 401, "message": CREDENTIALS_TEXT, "status": "UNAUTHENTICATED"}});
        return unauthorized(Reply::json(StatusCode::UNAUTHORIZED, &body));
    };
    let email = granted(grant, scopes::EMAIL);
    let claims = ClaimsV2 {
        id: &user.sub,
        email: email.then_some(&user.email),
        verified_email: email.then_some(true),
        name: granted(grant, scopes::PROFILE).then(|| Name::of(&user.name)),
        hd: user.hd.as_deref(),
        more: &user.claims,
    };
    Reply::json(StatusCode::OK, &claims).private()
}

fn caller<'a>(state: &'a State, request: &Request) -> Option<(&'a User, &'a Grant)> {
    let token = request.authorization("Bearer").or_else(|| request.query.first("access_token"))?;
    match state.access_token(token) {
        Lookup::Live(token) => Some((state.config.user(&token.grant.account)?, &token.grant)),
        Lookup::Dead | Lookup::Unknown => None,
    }
}

fn granted(grant: &Grant, scope: &str) -> bool {
    grant.scopes.iter().any(|one| one == scope)
}

fn unauthorized(reply: Reply) -> Reply {
    reply
        .with(
            header::WWW_AUTHENTICATE,
            r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#,
        )
        .private()
}
