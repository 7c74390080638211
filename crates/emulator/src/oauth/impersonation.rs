//! Impersonation: someone's access token in, one of a service account out, or its id_token.
//!
//! In: `POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`, or `…:generateIdToken`, with the caller's
//! token. Out: `accessToken` and `expireTime`, or `token`. The caller needs the permission of the method on the
//! account's project; with `delegates`, each needs it for the next. Source: the proto of IAM Credentials; the texts
//! of the errors are from memory.

use super::flow::Grant;
use super::{id_token, scopes};
use crate::message::{Reply, Request};
use crate::state::{Lookup, State};
use crate::{ServiceAccount, clock};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::time::Duration;

const PREFIX: &str = "/v1/projects/-/serviceAccounts/";
const RESOURCE: &str = "projects/-/serviceAccounts/";
const ACCESS_TOKEN: &str = ":generateAccessToken";
const ID_TOKEN: &str = ":generateIdToken";
const DELEGATION: &str = "iam.serviceAccounts.implicitDelegation";
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const USUAL_LIFE: Duration = Duration::from_secs(3600);
/// What an organisation can allow for some accounts.
const EXTENDED_LIFE: Duration = Duration::from_secs(43_200);

#[derive(Deserialize)]
struct AccessTokenAsked {
    scope: Vec<String>,
    #[serde(default)]
    delegates: Vec<String>,
    lifetime: Option<String>,
}

#[derive(Deserialize)]
struct IdTokenAsked {
    audience: String,
    #[serde(default)]
    delegates: Vec<String>,
}

struct Refused {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl Refused {
    fn into_reply(self) -> Reply {
        let Self { status, name, message } = self;
        let error = json!({"error": {"code": status.as_u16(), "message": message, "status": name}});
        Reply::json(status, &error).private()
    }
}

/// Whether a request is for one of these methods.
pub(crate) fn is_meant(request: &Request) -> bool {
    let path = &request.path;
    path.starts_with(PREFIX) && (path.ends_with(ACCESS_TOKEN) || path.ends_with(ID_TOKEN))
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let name = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let reply = match (name.strip_suffix(ACCESS_TOKEN), name.strip_suffix(ID_TOKEN)) {
        (Some(email), _) => generate_access_token(state, request, email),
        (None, email) => generate_id_token(state, request, email.unwrap_or_default()),
    };
    reply.unwrap_or_else(Refused::into_reply)
}

fn generate_access_token(
    state: &mut State,
    request: &Request,
    email: &str,
) -> Result<Reply, Refused> {
    let caller = caller(state, request)?;
    let asked: AccessTokenAsked = asked(request)?;
    let permission = "iam.serviceAccounts.getAccessToken";
    let account = permitted(state, &caller, &asked.delegates, email, permission)?;
    let scopes: Option<Vec<String>> =
        asked.scope.iter().map(|scope| scopes::known(scope)).collect();
    let scopes = scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(invalid)?;
    let life = life(&account, asked.lifetime.as_deref())?;
    let family = state.new_family();
    let grant = Grant {
        account: account.email,
        client_id: account.unique_id,
        project_id: account.project,
        scopes,
        offline: false,
        family,
    };
    let token = state.issue_access_token_for(grant, life);
    let expires = clock::rfc3339(clock::whole_seconds(state.clock.now() + life));
    Ok(Reply::json(StatusCode::OK, &json!({"accessToken": token, "expireTime": expires})).private())
}

fn generate_id_token(state: &State, request: &Request, email: &str) -> Result<Reply, Refused> {
    let caller = caller(state, request)?;
    let asked: IdTokenAsked = asked(request)?;
    let permission = "iam.serviceAccounts.getOpenIdToken";
    let account = permitted(state, &caller, &asked.delegates, email, permission)?;
    if asked.audience.is_empty() {
        return Err(invalid());
    }
    let token = id_token::of_service_account(state, &account, &asked.audience);
    Ok(Reply::json(StatusCode::OK, &json!({"token": token})).private())
}

/// The account or principal that asks.
fn caller(state: &State, request: &Request) -> Result<String, Refused> {
    let token = request.authorization("Bearer").unwrap_or_default();
    let Lookup::Live(token) = state.access_token(token) else {
        let text = "Request had invalid authentication credentials.";
        return Err(refused(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", text));
    };
    if !token.grant.scopes.iter().any(|scope| scope == CLOUD_PLATFORM) {
        let text = "Request had insufficient authentication scopes.";
        return Err(refused(StatusCode::FORBIDDEN, "PERMISSION_DENIED", text));
    }
    Ok(token.grant.account.clone())
}

fn asked<T: DeserializeOwned>(request: &Request) -> Result<T, Refused> {
    serde_json::from_slice(&request.body).map_err(|_| invalid())
}

/// Walks from the caller over the delegates to the account; each step needs a permission.
fn permitted(
    state: &State,
    caller: &str,
    delegates: &[String],
    email: &str,
    permission: &str,
) -> Result<ServiceAccount, Refused> {
    let mut acting = caller;
    for delegate in delegates {
        let name = delegate.strip_prefix(RESOURCE).ok_or_else(invalid)?;
        acting = &step(state, acting, name, DELEGATION)?.email;
    }
    step(state, acting, email, permission).cloned()
}

fn step<'a>(
    state: &'a State,
    acting: &str,
    email: &str,
    permission: &str,
) -> Result<&'a ServiceAccount, Refused> {
    let account = state.config.service_accounts.iter().find(|one| one.email == email);
    let allowed = |one: &&ServiceAccount| {
        let project = state.config.project(&one.project);
        project.is_some_and(|project| project.allows(acting, permission))
    };
    account.filter(allowed).ok_or_else(|| {
        let text = format!("Permission '{permission}' denied on resource (or it may not exist).");
        refused(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &text)
    })
}

/// A duration such as `3600s`; an hour unless given, and at most, unless the account may have more.
fn life(account: &ServiceAccount, asked: Option<&str>) -> Result<Duration, Refused> {
    let Some(asked) = asked else { return Ok(USUAL_LIFE) };
    let seconds = asked.strip_suffix('s').and_then(|number| number.parse().ok());
    let longest = if account.extended_lifetime { EXTENDED_LIFE } else { USUAL_LIFE };
    let life = seconds.map(Duration::from_secs);
    life.filter(|life| !life.is_zero() && *life <= longest).ok_or_else(invalid)
}

fn invalid() -> Refused {
    refused(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "Request contains an invalid argument.")
}

fn refused(status: StatusCode, name: &'static str, message: &str) -> Refused {
    Refused { status, name, message: message.to_owned() }
}
