//! The document by which clients that are made from it, such as google-api-python-client, find the methods.
//!
//! In: `GET /$discovery/rest?version=V` of the API's own host, or the older path of `www.googleapis.com`. Out: the
//! document, with the address that was asked as its root. Source: the format is Google's API Discovery Service; the
//! text is this project's and has the methods for models and files alone. Words for an unknown version are remembered.

use super::versions::VERSIONS;
use crate::config::GEMINI_SERVICE;
use crate::message::{Reply, Request};
use crate::proxy;
use crate::state::State;
use http::StatusCode;
use serde_json::json;

const PATH: &str = "/$discovery/rest";

/// `VERSION`, `ROOT` and `MTLS_ROOT` stand for what depends on the request.
static DOCUMENT: &str = include_str!("methods.json");

pub(crate) fn is_meant(request: &Request) -> bool {
    let host = request.host_name();
    let is_own = !proxy::is_google(host) || host.starts_with("generativelanguage.");
    older_path(request).is_some() || (request.path == PATH && is_own)
}

/// The version in the path of the one service that had the documents of all APIs.
fn older_path(request: &Request) -> Option<&str> {
    let rest = request.path.strip_prefix("/discovery/v1/apis/generativelanguage/")?;
    rest.strip_suffix("/rest").filter(|version| !version.contains('/'))
}

pub(crate) fn answer(_state: &mut State, request: &Request) -> Reply {
    let asked = older_path(request).or_else(|| request.query.first("version"));
    let version = asked.unwrap_or("v1beta");
    if !VERSIONS.contains(&version) {
        return unknown(version);
    }
    let (root, mtls_root) = match proxy::is_google(request.host_name()) {
        true => (
            format!("https://{GEMINI_SERVICE}"),
            "https://generativelanguage.mtls.googleapis.com".to_owned(),
        ),
        false => (request.origin.clone(), request.origin.clone()),
    };
    let text = DOCUMENT.replace("VERSION", version).replace("MTLS_ROOT", &mtls_root);
    Reply::new(StatusCode::OK, "application/json; charset=UTF-8", text.replace("ROOT", &root))
}

fn unknown(version: &str) -> Reply {
    let message = format!(
        "Discovery document not found for API service: {GEMINI_SERVICE} format: rest version: {version}"
    );
    let error = json!({"code": 404, "message": message, "status": "NOT_FOUND"});
    Reply::json(StatusCode::NOT_FOUND, &json!({"error": error}))
}
