//! Which client asks at the token endpoint, and with which parameters.
//!
//! In: a form, or the JSON that the official Rust crate sends to refresh. Out: its parameters, and the client
//! once its id and secret are right. Source: RFC 6749, section 2.3.1; pasted live replies.

use super::token_reply::TokenError;
use crate::message::{Parameters, Request};
use crate::state::State;
use crate::{Client, Lifecycle};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

/// The form; or the text fields of a JSON object, where the switch accepts one.
///
/// A field that is `null` counts as left out, and `scopes` means nothing: the form's name is `scope`.
pub(crate) fn parameters(state: &State, request: &Request) -> Parameters {
    let declared = request.header("content-type").unwrap_or_default();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    if !state.config.switches.json_refresh || !kind.eq_ignore_ascii_case("application/json") {
        return request.form();
    }
    let object: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(object.iter().filter_map(|(name, value)| Some((name, value.as_str()?))));
    let parameters = Parameters::parse(form.finish().as_bytes());
    match parameters.first("grant_type") {
        Some("refresh_token") => parameters,
        _ => Parameters::default(),
    }
}

/// Finds the client by the body or by HTTP Basic, and checks its secret.
pub(crate) fn authenticate(
    state: &State,
    request: &Request,
    form: &Parameters,
) -> Result<Client, TokenError> {
    let (basic_id, basic_secret) = match request.authorization("Basic") {
        Some(credential) => {
            basic(credential).ok_or_else(|| TokenError::bad("invalid_request", "Bad Request"))?
        }
        None => (None, None),
    };
    let text = |name: &str| form.first(name).map(str::to_owned);
    let client_id = basic_id.or_else(|| text("client_id")).ok_or_else(|| {
        TokenError::bad("invalid_request", "Could not determine client ID from request.")
    })?;
    let (project, client) = state.config.client(&client_id).ok_or_else(|| {
        TokenError::unauthorized("invalid_client", "The OAuth client was not found.")
    })?;
    match (project.lifecycle, client.lifecycle) {
        (Lifecycle::Active, Lifecycle::Active) => {}
        (Lifecycle::Deleted, _) | (_, Lifecycle::Deleted) => {
            return Err(TokenError::unauthorized(
                "deleted_client",
                "The OAuth client was deleted.",
            ));
        }
        _ => {
            return Err(TokenError::unauthorized(
                "disabled_client",
                "The OAuth client was disabled.",
            ));
        }
    }
    let secret = basic_secret
        .or_else(|| text("client_secret"))
        .ok_or_else(|| TokenError::bad("invalid_request", "client_secret is missing."))?;
    if secret != client.client_secret {
        let text = state.config.switches.wrong_secret_text.text();
        return Err(TokenError::unauthorized("invalid_client", text));
    }
    Ok(client.clone())
}

/// RFC 6749, section 2.3.1: both parts are form-encoded before base64.
fn basic(credential: &str) -> Option<(Option<String>, Option<String>)> {
    let pair = String::from_utf8(BASE64_STANDARD.decode(credential).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        let as_form = format!("v={text}");
        Parameters::parse(as_form.as_bytes()).first("v").map(str::to_owned)
    };
    Some((Some(decoded(client_id)?), decoded(secret)))
}

pub(crate) fn required<'a>(form: &'a Parameters, name: &str) -> Result<&'a str, TokenError> {
    form.first(name).ok_or_else(|| {
        TokenError::bad("invalid_request", format!("Missing required parameter: {name}"))
    })
}
