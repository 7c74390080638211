//! The device flow: a code for a television, typed in on another screen, while the television polls.
//!
//! In: `/device/code`, the page `/device`, polls of the token endpoint. Out: codes, then the pages of any sign-in,
//! then tokens. Google differs from RFC 8628 in statuses, in `verification_url` and in the few scopes allowed.
//! Source: "OAuth 2.0 for TV and limited-input device applications"; reports for the words about scopes.

use super::client_authentication::{authenticate, required};
use super::flow::{Answer, Asked, DEVICE_PATH, Device, Grant};
use super::token_reply::TokenError;
use super::{authorize, scopes, view};
use crate::message::{Parameters, Reply, Request};
use crate::state::State;
use crate::{ClientKind, Refusal, control, random};
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

pub(crate) const CODE_PATH: &str = "/device/code";
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The name before RFC 8628; from memory.
pub(super) const LEGACY_GRANT_TYPE: &str = "http://oauth.net/grant_type/device/1.0";
const LIFE: Duration = Duration::from_secs(1800);
const INTERVAL: Duration = Duration::from_secs(5);
const ALLOWED: [&str; 7] = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/drive.appdata",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/youtube",
    "https://www.googleapis.com/auth/youtube.readonly",
];

/// Gives out the two codes.
pub(crate) fn answer_code(state: &mut State, request: &Request) -> Reply {
    let form = request.form();
    let mut asked = match asked(state, &form) {
        Ok(asked) => asked,
        Err(error) => return error.into_reply(),
    };
    let (client_id, project_id) = (&asked.client_id, &asked.project_id);
    if state.config.refusals("", client_id, project_id).any(|one| one == Refusal::RateLimitExceeded)
    {
        let body = json!({"error_code": "rate_limit_exceeded"});
        return Reply::json(StatusCode::FORBIDDEN, &body).private();
    }
    let (device_code, user_code) = (random::code(), random::user_code());
    asked.device_code = Some(device_code.clone());
    let device = Device {
        user_code: user_code.clone(),
        asked: asked.clone(),
        expires: state.clock.now() + LIFE,
        last_poll: None,
        answer: Answer::None,
    };
    state.devices.insert(device_code.clone(), device);
    if state.config.approve.is_some() {
        authorize::lead(state, &request.origin, asked);
    }
    let body = json!({
        "device_code": device_code,
        "user_code": user_code,
        "expires_in": LIFE.as_secs(),
        "interval": INTERVAL.as_secs(),
        "verification_url": format!("{}{DEVICE_PATH}", request.origin),
    });
    Reply::json(StatusCode::OK, &body).private()
}

fn asked(state: &State, form: &Parameters) -> Result<Asked, TokenError> {
    let client_id = form.first("client_id").ok_or_else(|| {
        TokenError::bad("invalid_request", "Could not determine client ID from request.")
    })?;
    let (project, client) = state.config.client(client_id).ok_or_else(|| {
        TokenError::unauthorized("invalid_client", "The OAuth client was not found.")
    })?;
    if client.kind != ClientKind::LimitedInput {
        return Err(TokenError::unauthorized("invalid_client", "Invalid client type."));
    }
    let mut granted = Vec::new();
    for scope in required(form, "scope")?.split_ascii_whitespace() {
        let known = scopes::known(scope).filter(|known| ALLOWED.contains(&known.as_str()));
        granted.push(known.ok_or_else(|| {
            TokenError::bad("invalid_scope", format!("Invalid device flow scope: {scope}"))
        })?);
    }
    Ok(Asked::of_device(client_id, &project.id, granted))
}

/// The page where the user types the code in.
pub(crate) fn answer_page(state: &mut State, request: &Request) -> Reply {
    if !control::is_loopback(request) {
        return view::gone("This address is not the emulator's.");
    }
    if request.method != Method::POST {
        return view::page(StatusCode::OK, "Connect a device", "", &view::device(None));
    }
    if !control::is_own_site(request) {
        return view::gone("This form was sent by another site.");
    }
    let form = request.form();
    let typed = form.first("user_code").unwrap_or_default().trim().to_ascii_uppercase();
    let now = state.clock.now();
    let waiting = |device: &&mut Device| {
        device.user_code == typed && device.expires > now && matches!(device.answer, Answer::None)
    };
    let asked = state.devices.values_mut().find(waiting).map(|device| device.asked.clone());
    match asked {
        Some(asked) => authorize::lead(state, &request.origin, asked),
        None => {
            let body = view::device(Some("No device waits with this code."));
            view::page(StatusCode::OK, "Connect a device", "", &body)
        }
    }
}

/// A poll of the token endpoint: the grant, once the user has agreed.
pub(super) fn poll(
    state: &mut State,
    request: &Request,
    form: &Parameters,
) -> Result<Grant, TokenError> {
    let client = authenticate(state, request, form)?;
    if client.kind != ClientKind::LimitedInput {
        return Err(TokenError::unauthorized("invalid_client", "Unauthorized"));
    }
    let device_code = required(form, "device_code")?;
    let now = state.clock.now();
    let unknown = || TokenError::bad("invalid_grant", "Bad Request");
    let forbidden = |error| TokenError::new(StatusCode::FORBIDDEN, error, "Forbidden");
    let device = state.devices.get_mut(device_code).ok_or_else(unknown)?;
    if device.asked.client_id != client.client_id {
        return Err(unknown());
    }
    if device.expires <= now {
        return Err(TokenError::bad("expired_token", "Bad Request"));
    }
    let last = device.last_poll.replace(now);
    match &device.answer {
        Answer::Agreed(grant) => {
            let grant = grant.clone();
            device.answer = Answer::Redeemed;
            Ok(grant)
        }
        Answer::Refused => Err(forbidden("access_denied")),
        Answer::Redeemed => Err(unknown()),
        Answer::None if last.is_some_and(|last| last + INTERVAL > now) => {
            Err(forbidden("slow_down"))
        }
        Answer::None => Err(TokenError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "authorization_pending",
            "Precondition Required",
        )),
    }
}
