//! Makes id_tokens, and checks those that come back to tokeninfo.
//!
//! Source: OpenID Connect Core, sections 2 and 3.1.3.6 (`at_hash`); the claims are those of Google's
//! openid-configuration.

use super::flow::Grant;
use super::{keys, scopes};
use crate::ServiceAccount;
use crate::clock::epoch_seconds;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// An id_token lives an hour; the access token beside it says a second less.
const LIFE_SECONDS: u64 = 3600;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    azp: &'a str,
    aud: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hd: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(flatten)]
    name: Option<Name<'a>>,
    iat: u64,
    exp: u64,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

/// The claims of the `profile` scope.
#[derive(Serialize)]
pub(crate) struct Name<'a> {
    name: &'a str,
    given_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    family_name: &'a str,
}

impl<'a> Name<'a> {
    pub(crate) fn of(full: &'a str) -> Self {
        let (given_name, family_name) = full.split_once(' ').unwrap_or((full, ""));
        Self { name: full, given_name, family_name }
    }
}

/// An id_token, when `openid` was granted.
pub(crate) fn issue(
    state: &State,
    grant: &Grant,
    access_token: &str,
    nonce: Option<&str>,
) -> Option<String> {
    let granted = |scope: &str| grant.scopes.iter().any(|one| one == scope);
    let user = state.config.user(&grant.account).filter(|_| granted(scopes::OPENID))?;
    let iat = epoch_seconds(state.clock.now());
    let claims = Claims {
        iss: &state.issuer(),
        azp: &grant.client_id,
        aud: &grant.client_id,
        sub: &user.sub,
        hd: user.hd.as_deref(),
        email: granted(scopes::EMAIL).then_some(&user.email),
        email_verified: granted(scopes::EMAIL).then_some(true),
        at_hash: BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token.as_bytes())[..16]),
        nonce,
        name: granted(scopes::PROFILE).then(|| Name::of(&user.name)),
        iat,
        exp: iat + LIFE_SECONDS,
        more: &user.claims,
    };
    Some(signed(state, &claims))
}

/// An id_token that says which service account calls, for one audience.
pub(crate) fn of_service_account(
    state: &State,
    account: &ServiceAccount,
    audience: &str,
) -> String {
    let iat = epoch_seconds(state.clock.now());
    signed(
        state,
        &json!({
            "aud": audience,
            "azp": account.email,
            "email": account.email,
            "email_verified": true,
            "exp": iat + LIFE_SECONDS,
            "iat": iat,
            "iss": state.issuer(),
            "sub": account.unique_id,
        }),
    )
}

fn signed(state: &State, claims: &impl Serialize) -> String {
    let kid = keys::kid(state.clock.now());
    let header = Header { alg: "RS256", kid, typ: "JWT" };
    let signed = format!("{}.{}", encoded(&header), encoded(claims));
    let signature = keys::sign(kid, signed.as_bytes()).unwrap_or_default();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn encoded(part: &impl Serialize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).unwrap_or_default())
}

/// Header and claims of an id_token that this emulator signed and that has not expired.
pub(crate) fn opened(
    state: &State,
    token: &str,
) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let object = |part: &str| {
        serde_json::from_slice::<Map<String, Value>>(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?)
            .ok()
    };
    let (header, claims) = (object(header)?, object(claims)?);
    // RS256 is deterministic: the signature is right if it is the one we would make.
    let expected = keys::sign(header.get("kid")?.as_str()?, signed.as_bytes())?;
    let live = claims.get("exp")?.as_u64()? > epoch_seconds(state.clock.now());
    let right = BASE64_URL_SAFE_NO_PAD.encode(expected) == signature;
    (right && live).then_some((header, claims))
}
