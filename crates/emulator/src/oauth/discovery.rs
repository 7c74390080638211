//! The document by which OpenID Connect clients find the endpoints.
//!
//! In: a request; asked for at Google's name, through the proxy, the document names Google's addresses, else
//! this origin's. Source: OpenID Connect Discovery; copies of Google's openid-configuration.

use super::keys::CACHED;
use crate::message::{Reply, Request};
use crate::proxy;
use crate::state::State;
use http::{StatusCode, header};
use serde::Serialize;

#[derive(Serialize)]
struct OpenidConfiguration {
    issuer: String,
    authorization_endpoint: String,
    device_authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    scopes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    claims_supported: [&'static str; 11],
    code_challenge_methods_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 4],
}

/// What is really served here: fewer response and grant types than Google lists.
pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let by_proxy = proxy::is_google(request.host_name());
    let at = |host: &str, path: &str| match by_proxy {
        true => format!("https://{host}{path}"),
        false => format!("{}{path}", request.origin),
    };
    let configuration = OpenidConfiguration {
        issuer: state.issuer(),
        authorization_endpoint: at("accounts.google.com", "/o/oauth2/v2/auth"),
        device_authorization_endpoint: at("oauth2.googleapis.com", "/device/code"),
        token_endpoint: at("oauth2.googleapis.com", "/token"),
        userinfo_endpoint: at("openidconnect.googleapis.com", "/v1/userinfo"),
        revocation_endpoint: at("oauth2.googleapis.com", "/revoke"),
        jwks_uri: at("www.googleapis.com", "/oauth2/v3/certs"),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: ["openid", "email", "profile"],
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        claims_supported: [
            "aud",
            "email",
            "email_verified",
            "exp",
            "family_name",
            "given_name",
            "iat",
            "iss",
            "name",
            "hd",
            "sub",
        ],
        code_challenge_methods_supported: ["plain", "S256"],
        grant_types_supported: [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
    };
    Reply::json(StatusCode::OK, &configuration).with(header::CACHE_CONTROL, CACHED)
}
