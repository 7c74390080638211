//! The token endpoint: a code or a refresh token in, tokens out, errors as Google words them.
//!
//! The order of checks: grant type, client id, client secret, required fields, the grant itself.
//! Source: RFC 6749, sections 2.3.1, 4.1.3, 6; RFC 7636, section 4.6; pasted live
//! replies (docs/emulator.md, Sources).

use super::client_authentication::{authenticate, parameters, required};
use super::flow::{ChallengeMethod, Grant};
use super::token_reply::{Success, TokenError};
use super::{device, id_token, jwt_bearer, refusal, scopes};
use crate::clock::seconds_until;
use crate::message::{Parameters, Reply, Request};
use crate::state::{Lookup, State};
use crate::{Audience, Client, ClientKind, Publishing, RefreshWidening};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime};

/// In Testing a refresh token ends seven days after consent.
const TESTING_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
const ERROR_URI: &str = "https://developers.google.com/identity/protocols/oauth2";

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let form = parameters(state, request);
    let reply = match form.first("grant_type").unwrap_or_default() {
        "authorization_code" => exchange(state, request, &form).map(Success::into_reply),
        "refresh_token" => refresh(state, request, &form).map(Success::into_reply),
        device::GRANT_TYPE | device::LEGACY_GRANT_TYPE => device::poll(state, request, &form)
            .and_then(|grant| of_device(state, grant))
            .map(Success::into_reply),
        jwt_bearer::GRANT_TYPE => jwt_bearer::answer(state, request, &form),
        other => {
            Err(TokenError::bad("unsupported_grant_type", format!("Invalid grant_type: {other}")))
        }
    };
    reply.unwrap_or_else(TokenError::into_reply)
}

fn exchange(
    state: &mut State,
    request: &Request,
    form: &Parameters,
) -> Result<Success, TokenError> {
    let client = authenticate(state, request, form)?;
    let value = required(form, "code")?;
    let redirect_uri = form
        .first("redirect_uri")
        .ok_or_else(|| TokenError::bad("invalid_request", "Missing parameter: redirect_uri"))?;
    if !value.starts_with("4/") {
        return Err(TokenError::bad("invalid_grant", "Malformed auth code."));
    }
    let now = state.clock.now();
    let code = state
        .codes
        .get(value)
        .filter(|code| code.grant.client_id == client.client_id)
        .ok_or_else(|| TokenError::bad("invalid_grant", "Bad Request"))?;
    if code.redeemed {
        return Err(reused(state, value));
    }
    if code.expires <= now {
        return Err(TokenError::bad("invalid_grant", "Bad Request"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(TokenError::bad("redirect_uri_mismatch", "Bad Request"));
    }
    check_verifier(code.challenge.as_ref(), form.first("code_verifier"))?;
    let (grant, consent_given, nonce) =
        (code.grant.clone(), code.consent_given, code.nonce.clone());
    check_account(state, &grant)?;
    if let Some(code) = state.codes.get_mut(value) {
        code.redeemed = true;
    }
    let with_refresh = gets_refresh_token(state, &client, &grant, consent_given);
    let life = refresh_life(state, &grant);
    let refresh_token = with_refresh.then(|| state.issue_refresh_token(grant.clone(), life));
    let expires_in = life.filter(|_| with_refresh).map(|life| life.as_secs() - 1);
    Ok(success(state, grant, refresh_token, expires_in, nonce.as_deref()))
}

/// The tokens of a device, which always gets a refresh token.
fn of_device(state: &mut State, grant: Grant) -> Result<Success, TokenError> {
    check_account(state, &grant)?;
    let life = refresh_life(state, &grant);
    let refresh_token = state.issue_refresh_token(grant.clone(), life);
    let expires_in = life.map(|life| life.as_secs() - 1);
    Ok(success(state, grant, Some(refresh_token), expires_in, None))
}

fn reused(state: &mut State, value: &str) -> TokenError {
    let family = state.codes.get(value).map(|code| code.grant.family);
    if let Some(family) = family.filter(|_| state.config.switches.code_reuse_revokes) {
        state.revoke_family(family);
    }
    TokenError::bad("invalid_grant", state.config.switches.code_reuse_text.text())
}

fn check_verifier(
    challenge: Option<&(String, ChallengeMethod)>,
    verifier: Option<&str>,
) -> Result<(), TokenError> {
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(TokenError::bad("invalid_grant", "Missing code verifier.")),
        // RFC 9700, section 4.8.2: a verifier without a challenge is a downgrade attack.
        (None, Some(_)) => return Err(TokenError::bad("invalid_grant", "Invalid code verifier.")),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    let derived = match challenge.1 {
        ChallengeMethod::S256 => BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        ChallengeMethod::Plain => verifier.to_owned(),
    };
    if derived == challenge.0 && (43..=128).contains(&verifier.len()) {
        Ok(())
    } else {
        Err(TokenError::bad("invalid_grant", "Invalid code verifier."))
    }
}

fn check_account(state: &State, grant: &Grant) -> Result<(), TokenError> {
    let mut refusals = state.config.refusals(&grant.account, &grant.client_id, &grant.project_id);
    if let Some(error) = refusals.find_map(refusal::token) {
        return Err(error);
    }
    match state.config.user(&grant.account) {
        Some(_) => Ok(()),
        None => Err(TokenError::bad("invalid_grant", "Account has been deleted")),
    }
}

/// Installed apps always get one; web apps with offline access, at the first consent or a forced one.
fn gets_refresh_token(state: &State, client: &Client, grant: &Grant, consent_given: bool) -> bool {
    let desktop = client.kind == ClientKind::Desktop;
    if desktop && state.config.switches.refresh_token_on_repeat_consent {
        return true;
    }
    let first = !state.has_live_refresh_token(&grant.account, &grant.client_id);
    (desktop || grant.offline) && (consent_given || first)
}

/// Seven days in Testing, unless the grant only says who the user is.
pub(crate) fn refresh_life(state: &State, grant: &Grant) -> Option<Duration> {
    let screen = &state.config.project(&grant.project_id)?.consent_screen;
    let testing = screen.audience == Audience::External && screen.publishing == Publishing::Testing;
    let identity_only = grant.scopes.iter().all(|scope| scopes::is_identity(scope));
    (testing && !identity_only).then_some(TESTING_LIFE)
}

fn refresh(state: &mut State, request: &Request, form: &Parameters) -> Result<Success, TokenError> {
    let client = authenticate(state, request, form)?;
    let value = required(form, "refresh_token")?;
    let dead = || TokenError::bad("invalid_grant", "Token has been expired or revoked.");
    let (grant, expires) = match state.refresh_token(value) {
        Lookup::Live(token) => (token.grant.clone(), token.expires),
        Lookup::Dead => return Err(dead()),
        Lookup::Unknown if value.starts_with("1//") => return Err(dead()),
        Lookup::Unknown => return Err(TokenError::bad("invalid_grant", "Bad Request")),
    };
    if grant.client_id != client.client_id {
        return Err(TokenError::bad("invalid_grant", "Bad Request"));
    }
    check_account(state, &grant)?;
    let scopes = match form.first("scope") {
        Some(asked) => narrowed(state, &grant, asked)?,
        None => grant.scopes.clone(),
    };
    state.note_use(value);
    let left = expires.map(|expires: SystemTime| seconds_until(expires, state.clock.now()));
    Ok(success(state, Grant { scopes, ..grant }, None, left, None))
}

/// The scopes of a refresh: all must exist, and be granted.
fn narrowed(state: &State, grant: &Grant, asked: &str) -> Result<Vec<String>, TokenError> {
    let asked: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    let (valid, invalid): (Vec<&str>, Vec<&str>) =
        asked.into_iter().partition(|scope| scopes::known(scope).is_some());
    if !invalid.is_empty() {
        let mut error = TokenError::bad("invalid_scope", scopes::invalid_text(&[], &invalid));
        error.error_uri = Some(ERROR_URI);
        return Err(error);
    }
    let (granted, missing): (Vec<String>, Vec<String>) =
        valid.into_iter().filter_map(scopes::known).partition(|scope| grant.scopes.contains(scope));
    let refuse = state.config.switches.refresh_widening == RefreshWidening::Refuse;
    if granted.is_empty() || refuse && !missing.is_empty() {
        return Err(TokenError::bad("invalid_scope", "Bad Request"));
    }
    Ok(granted)
}

fn success(
    state: &mut State,
    grant: Grant,
    refresh_token: Option<String>,
    refresh_token_expires_in: Option<u64>,
    nonce: Option<&str>,
) -> Success {
    let (access_token, life) = state.issue_access_token(grant.clone());
    let id_token = id_token::issue(state, &grant, &access_token, nonce);
    Success {
        access_token,
        expires_in: life.as_secs(),
        refresh_token,
        scope: grant.scopes.join(" "),
        token_type: "Bearer",
        id_token,
        refresh_token_expires_in,
    }
}
