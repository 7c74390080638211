//! Impersonation: someone's access token in, one of a service account out.
//!
//! In: `POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken` with the caller's token. Out: `accessToken`
//! and `expireTime`. The caller needs `iam.serviceAccounts.getAccessToken` on the account's project.
//! Not here: `delegates` and `lifetime`, which change nothing. Source: the proto of IAM Credentials; the texts of
//! the errors are from memory.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::scopes;
use crate::{
    ServiceAccount, clock,
    message::{Reply, Request},
    state::{Grant, Lookup, State},
};

const PREFIX: &str = "/v1/projects/-/serviceAccounts/";
const METHOD: &str = ":generateAccessToken";
const PERMISSION: &str = "iam.serviceAccounts.getAccessToken";
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

#[derive(Deserialize)]
struct Asked {
    scope: Vec<String>,
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

/// Whether a path is this method's.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with(PREFIX) && path.ends_with(METHOD)
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    generate(state, request).unwrap_or_else(Refused::into_reply)
}

fn generate(state: &mut State, request: &Request) -> Result<Reply, Refused> {
    let caller = match state.access_token(request.authorization("Bearer").unwrap_or_default()) {
        Lookup::Live(token) => &token.grant,
        Lookup::Dead | Lookup::Unknown => {
            let text = "Request had invalid authentication credentials.";
            return Err(refused(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", text));
        }
    };
    if !caller.scopes.iter().any(|scope| scope == CLOUD_PLATFORM) {
        let text = "Request had insufficient authentication scopes.";
        return Err(refused(StatusCode::FORBIDDEN, "PERMISSION_DENIED", text));
    }
    let email = request.path.trim_start_matches(PREFIX).trim_end_matches(METHOD);
    let account = permitted(state, &caller.account, email).ok_or_else(|| {
        let text = format!("Permission '{PERMISSION}' denied on resource (or it may not exist).");
        refused(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &text)
    })?;
    let scopes = asked_scopes(request)?;
    let ServiceAccount { email, unique_id, project, .. } = account.clone();
    let family = state.new_family();
    let (token, life) = state.issue_access_token(Grant {
        account: email,
        client_id: unique_id,
        project_id: project,
        scopes,
        offline: false,
        family,
    });
    let expires = clock::rfc3339(clock::whole_seconds(state.clock.now() + life));
    Ok(Reply::json(StatusCode::OK, &json!({"accessToken": token, "expireTime": expires})).private())
}

fn asked_scopes(request: &Request) -> Result<Vec<String>, Refused> {
    let asked = serde_json::from_slice::<Asked>(&request.body).map(|asked| asked.scope);
    let scopes: Option<Vec<String>> =
        asked.unwrap_or_default().iter().map(|scope| scopes::known(scope)).collect();
    scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| {
        let text = "Request contains an invalid argument.";
        refused(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", text)
    })
}

fn permitted<'a>(state: &'a State, caller: &str, email: &str) -> Option<&'a ServiceAccount> {
    let account = state.config.service_accounts.iter().find(|one| one.email == email)?;
    state.config.project(&account.project)?.allows(caller, PERMISSION).then_some(account)
}

fn refused(status: StatusCode, name: &'static str, message: &str) -> Refused {
    Refused { status, name, message: message.to_owned() }
}
