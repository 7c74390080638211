//! The metadata server of a Google machine, where programs find the machine's service account.
//!
//! In: `GET /computeMetadata/v1/…` with `Metadata-Flavor: Google`, as clients with `GCE_METADATA_HOST` send it. Out:
//! text, or JSON for tokens; every answer carries the flavor, by which clients know the server. The machine's account
//! is the first of the configuration. Source: what Google's clients were seen to ask; words of refusals are own.

use crate::ServiceAccount;
use crate::message::{Reply, Request};
use crate::oauth::flow::Grant;
use crate::oauth::{id_token, scopes};
use crate::state::State;
use http::{HeaderName, StatusCode};
use serde_json::json;
use std::borrow::Cow;

const ROOT: &str = "/computeMetadata/v1/";
const FLAVOR: &str = "metadata-flavor";
/// What a machine's token may do unless scopes are asked for.
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
];

/// Whether a request is for this server: by its path, or the ping of the root by its flavor.
pub(crate) fn is_meant(request: &Request) -> bool {
    let ping = request.path == "/" && request.header(FLAVOR).is_some();
    ping || format!("{}/", request.path).starts_with(ROOT)
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let reply = if request.header(FLAVOR) != Some("Google") {
        refused(StatusCode::FORBIDDEN, "the header `Metadata-Flavor: Google` is missing")
    } else if request.header("x-forwarded-for").is_some() {
        refused(StatusCode::FORBIDDEN, "a request with `X-Forwarded-For` came from elsewhere")
    } else {
        let path = request.path.strip_prefix(ROOT).unwrap_or_default();
        find(state, request, path.trim_end_matches('/'))
            .unwrap_or_else(|| refused(StatusCode::NOT_FOUND, "no such metadata"))
    };
    reply.with(HeaderName::from_static(FLAVOR), "Google").private()
}

fn find(state: &mut State, request: &Request, path: &str) -> Option<Reply> {
    match path {
        "" => return Some(text("instance/\nproject/\nuniverse/\n")),
        "instance" => return Some(text("service-accounts/\n")),
        "universe/universe-domain" | "universe/universe_domain" => {
            return Some(text("googleapis.com"));
        }
        _ => {}
    }
    let account = state.config.service_accounts.first()?.clone();
    let project = state.config.project(&account.project);
    match path {
        "project/project-id" => project.map(|project| text(project.id.clone())),
        "project/numeric-project-id" => project.map(|project| text(project.number.to_string())),
        "instance/service-accounts" => Some(text(format!("default/\n{}/\n", account.email))),
        _ => {
            let rest = path.strip_prefix("instance/service-accounts/")?;
            let (name, item) = rest.split_once('/').unwrap_or((rest, ""));
            let known = name == "default" || name == account.email;
            known.then(|| of_account(state, request, account, item))?
        }
    }
}

fn of_account(
    state: &mut State,
    request: &Request,
    account: ServiceAccount,
    item: &str,
) -> Option<Reply> {
    match item {
        "" if request.query.first("recursive").is_some_and(|value| value == "true") => {
            Some(Reply::json(
                StatusCode::OK,
                &json!({"aliases": ["default"], "email": account.email, "scopes": SCOPES}),
            ))
        }
        "" => Some(text("aliases\nemail\nidentity\nscopes\ntoken\n")),
        "aliases" => Some(text("default")),
        "email" => Some(text(account.email)),
        "scopes" => Some(text(SCOPES.map(|scope| format!("{scope}\n")).concat())),
        "identity" => Some(match request.query.first("audience") {
            Some(audience) => text(id_token::of_service_account(state, &account, audience)),
            None => refused(StatusCode::BAD_REQUEST, "the parameter `audience` is missing"),
        }),
        "token" => Some(token(state, request, account)),
        _ => None,
    }
}

fn token(state: &mut State, request: &Request, account: ServiceAccount) -> Reply {
    let asked = request.query.first("scopes").map_or_else(|| SCOPES.join(","), str::to_owned);
    let scopes: Option<Vec<String>> = asked.split(',').map(scopes::known).collect();
    let Some(scopes) = scopes else {
        return refused(
            StatusCode::BAD_REQUEST,
            "a scope of the parameter `scopes` does not exist",
        );
    };
    let grant = Grant {
        account: account.email,
        client_id: account.unique_id,
        project_id: account.project,
        scopes,
        offline: false,
        family: state.new_family(),
    };
    let (token, life) = state.issue_access_token(grant);
    let body = json!({"access_token": token, "expires_in": life.as_secs(), "token_type": "Bearer"});
    Reply::json(StatusCode::OK, &body)
}

fn text(body: impl Into<Cow<'static, str>>) -> Reply {
    Reply::new(StatusCode::OK, "text/plain", body.into().into_owned())
}

fn refused(status: StatusCode, why: &'static str) -> Reply {
    Reply::new(status, "text/plain", format!("{why}\n"))
}
