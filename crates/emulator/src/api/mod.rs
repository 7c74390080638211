//! What Google's APIs have in common: who may call, how bodies are read and replies written, and how errors look.
//!
//! In: a request to the Gemini API or to Google Cloud, which stand above this. Out: the caller or the error.
//! Not here: the methods.

pub(crate) mod body;
pub(crate) mod cors;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod error_body;
mod error_details;
mod error_message;
pub(crate) mod guard;

use crate::message::{Reply, Request};
use http::{StatusCode, header};
use serde_json::json;

/// The words for a credential that does not count, on every API of Google's.
pub(crate) const CREDENTIALS_TEXT: &str = "Request had invalid authentication credentials. Expected OAuth 2 \
    access token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";

/// One of Google's APIs.
#[derive(Debug)]
pub(crate) struct Api {
    /// The host name, by which projects enable it.
    pub(crate) service: &'static str,
    /// The name on the console's page.
    pub(crate) title: &'static str,
    /// The scopes that open it, as its `WWW-Authenticate` header lists them.
    pub(crate) scopes: &'static [&'static str],
}

/// Where a call was refused.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) api: &'static Api,
    /// The method's full name.
    pub(crate) method: String,
    pub(crate) version: &'a str,
}

impl Api {
    pub(crate) fn in_metadata(&self) -> (&'static str, String) {
        ("service", self.service.into())
    }
}

impl Site<'_> {
    pub(crate) fn in_metadata(&self) -> (&'static str, String) {
        ("method", self.method.clone())
    }
}

/// The headers of Google's API front end.
pub(crate) fn finished(mut reply: Reply) -> Reply {
    if reply.headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "text/event-stream") {
        reply = reply.with(header::CONTENT_TYPE, "application/json; charset=UTF-8");
    }
    reply
        .with(header::VARY, "Origin, X-Origin, Referer")
        .with(header::CACHE_CONTROL, "private")
        .with(header::SERVER, "scaffolding on HTTPServer2")
        .with(header::X_XSS_PROTECTION, "0")
        .with(header::X_FRAME_OPTIONS, "SAMEORIGIN")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// The answer in the place of an API or method of Google's that the emulator does not have.
pub(crate) fn not_imitated(request: &Request) -> Reply {
    let status = StatusCode::NOT_IMPLEMENTED;
    let message = format!(
        "The hallpass emulator answers instead of Google and does not imitate {} {}{}.",
        request.method,
        request.host_name(),
        request.path
    );
    let error = json!({"code": status.as_u16(), "message": message, "status": "UNIMPLEMENTED"});
    Reply::json(status, &json!({"error": error})).private()
}

/// An API path that is no route is not JSON: it never reaches the API.
pub(crate) fn no_route(request: &Request) -> Reply {
    let path = maud::html! { (request.path) }.into_string();
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That’s \
         an error.</ins>\n<p>The requested URL <code>{path}</code> was not found on this server. <ins>That’s \
         all we know.</ins>\n"
    );
    Reply::new(StatusCode::NOT_FOUND, "text/html; charset=UTF-8", page)
}
