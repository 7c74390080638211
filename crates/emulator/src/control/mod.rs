//! The control paths for tests: health, clock, journal, faults, reset, configuration.
//!
//! In: JSON from a test on this machine. Out: JSON. A page of another site must not be able to use them
//! through the user's browser, so requests that name another site (Host, Origin, Sec-Fetch-Site) are refused.

mod additions;

use crate::fault::Fault;
use crate::message::{Reply, Request};
use crate::script::MODEL_WITH_FOLDER;
use crate::state::State;
use crate::{Script, clock, snapshot};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const ROOT: &str = "/emulator/";
/// Where the whole state is read and put.
pub(crate) const STATE: &str = "/emulator/v1/state";

/// The key file of a service account, by its e-mail.
const KEY_FILES: &str = "/emulator/v1/service-accounts/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    account: String,
    project: String,
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    if !is_own_site(request) {
        return refused(
            StatusCode::FORBIDDEN,
            "control paths answer programs of this machine, not web sites",
        );
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/emulator/v1/health") => {
            done(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "now": now(state)}))
        }
        ("POST", "/emulator/v1/clock:advance") => advance(state, request),
        ("GET", "/emulator/v1/requests") => done(&json!({"requests": state.journal.requests()})),
        ("DELETE", "/emulator/v1/requests") => {
            state.journal.clear();
            done(&json!({}))
        }
        ("POST", "/emulator/v1/faults") => add_faults(state, request),
        ("GET", "/emulator/v1/faults") => done(&json!({"faults": state.faults.pending()})),
        ("DELETE", "/emulator/v1/faults") => {
            state.faults.clear();
            done(&json!({}))
        }
        ("POST", "/emulator/v1/scripts") => add_scripts(state, request),
        ("GET", "/emulator/v1/scripts") => done(&json!({"scripts": state.scripts.pending()})),
        ("DELETE", "/emulator/v1/scripts") => {
            state.scripts.clear();
            done(&json!({}))
        }
        ("GET", "/emulator/v1/asked") => done(&json!({"asked": state.scripts.asked()})),
        ("POST", "/emulator/v1/reset") => {
            state.reset();
            done(&json!({}))
        }
        ("GET", STATE) => {
            Reply::new(StatusCode::OK, "application/json", snapshot::export(state)).private()
        }
        ("PUT", STATE) => import(state, request),
        ("GET", "/emulator/v1/grants") => done(&json!({"grants": state.grants()})),
        ("POST", "/emulator/v1/grants:revoke") => revoke(state, request),
        ("POST", "/emulator/v1/users") => answered(additions::user(state, &request.body)),
        ("POST", "/emulator/v1/clients") => {
            answered(additions::client(state, &request.body, &request.origin))
        }
        ("POST", "/emulator/v1/api-keys") => answered(additions::api_key(state, &request.body)),
        ("GET", "/emulator/v1/config") => done(&json!(state.config)),
        ("PATCH", "/emulator/v1/config") => patch_config(state, request),
        ("GET", path) if path.starts_with(KEY_FILES) => key_file(state, request),
        _ => refused(StatusCode::NOT_FOUND, "no such control path or method; see docs/emulator.md"),
    }
}

fn advance(state: &mut State, request: &Request) -> Reply {
    match serde_json::from_slice::<Advance>(&request.body) {
        Ok(Advance { seconds }) => {
            state.clock.advance(Duration::from_secs(seconds));
            done(&json!({"now": now(state)}))
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, &why(&error)),
    }
}

fn revoke(state: &mut State, request: &Request) -> Reply {
    match serde_json::from_slice::<Revocation>(&request.body) {
        Ok(Revocation { account, project }) => {
            state.revoke_project(&account, &project);
            done(&json!({"grants": state.grants()}))
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, &why(&error)),
    }
}

fn add_faults(state: &mut State, request: &Request) -> Reply {
    match serde_json::from_slice::<Fault>(&request.body) {
        Ok(fault) => {
            state.faults.add(fault);
            done(&json!({}))
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, &why(&error)),
    }
}

/// One script or a list of them: all or none.
fn add_scripts(state: &mut State, request: &Request) -> Reply {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent {
        Many(Vec<Value>),
        One(Value),
    }
    let scripts = serde_json::from_slice::<Sent>(&request.body).and_then(|sent| {
        let list = match sent {
            Sent::Many(list) => list,
            Sent::One(one) => vec![one],
        };
        list.into_iter().map(serde_json::from_value::<Script>).collect::<Result<Vec<_>, _>>()
    });
    match scripts {
        Ok(scripts) if scripts.iter().any(Script::is_never_met) => {
            refused(StatusCode::BAD_REQUEST, &format!("field `match.model`: {MODEL_WITH_FOLDER}"))
        }
        Ok(scripts) => {
            scripts.into_iter().for_each(|script| state.scripts.add(script));
            done(&json!({}))
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, &why(&error)),
    }
}

fn patch_config(state: &mut State, request: &Request) -> Reply {
    let patch = match serde_json::from_slice::<Value>(&request.body) {
        Ok(patch @ Value::Object(_)) => patch,
        Ok(_) => return refused(StatusCode::BAD_REQUEST, "a patch is a JSON object"),
        Err(error) => return refused(StatusCode::BAD_REQUEST, &why(&error)),
    };
    match state.config.patched(&patch) {
        Ok(config) => {
            state.config = config;
            done(&json!(state.config))
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn import(state: &mut State, request: &Request) -> Reply {
    match snapshot::import(state, &String::from_utf8_lossy(&request.body)) {
        Ok(()) => done(&json!({})),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn key_file(state: &State, request: &Request) -> Reply {
    let email = request.path.trim_start_matches(KEY_FILES);
    match state.config.service_accounts.iter().find(|account| account.email == email) {
        Some(account) => account.key_file(&request.origin),
        None => refused(StatusCode::NOT_FOUND, "no such service account"),
    }
}

fn answered(result: Result<Value, String>) -> Reply {
    match result {
        Ok(body) => done(&body),
        Err(why) => refused(StatusCode::BAD_REQUEST, &why),
    }
}

/// What is wrong with a body.
fn why(error: &serde_json::Error) -> String {
    match error.is_data() {
        true => error.to_string(),
        false => format!("the body is not JSON: {error}"),
    }
}

fn now(state: &State) -> String {
    clock::rfc3339(state.clock.now())
}

fn done(body: &Value) -> Reply {
    Reply::json(StatusCode::OK, body).private()
}

fn refused(status: StatusCode, why: &str) -> Reply {
    Reply::json(status, &json!({"error": why})).private()
}

/// Whether a request can come from this emulator's own pages or from a program, but from no other site.
///
/// The Host check is against DNS rebinding; Sec-Fetch-Site and Origin are what browsers send.
pub(crate) fn is_own_site(request: &Request) -> bool {
    let site = request.header("sec-fetch-site").unwrap_or("none");
    let from_here = match request.header("origin") {
        None => true,
        Some(origin) => origin.strip_prefix("http://") == Some(request.host.as_str()),
    };
    let fetched = matches!(site, "none" | "same-origin");
    is_loopback(request) && from_here && fetched
}

pub(crate) fn is_loopback(request: &Request) -> bool {
    matches!(request.host_name(), "127.0.0.1" | "localhost" | "[::1]")
}
