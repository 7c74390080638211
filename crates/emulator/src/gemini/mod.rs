//! The Gemini API: finds the method, lets the guard check the caller, answers.
//!
//! In: any path that is not the authorization server's. Out: the method's JSON, an API error, or the HTML
//! page that Google gives for paths that are no route.

mod error;
mod guard;
mod models;

use http::{Method, StatusCode, header};

use crate::{
    message::{Reply, Request},
    state::State,
};

pub(crate) const SERVICE: &str = "generativelanguage.googleapis.com";
/// The words for a credential that is no use, on every API of Google's.
pub(crate) const CREDENTIALS_TEXT: &str = "Request had invalid authentication credentials. Expected OAuth 2 \
    access token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";

/// A call as the routes understand it.
#[derive(Debug)]
struct Call<'a> {
    /// `v1` or `v1beta`.
    version: &'a str,
    /// The method's name within its package, such as `ModelService.ListModels`.
    rpc: &'static str,
    /// Query parameters of this method, beside those that every method takes.
    parameters: &'static [&'static str],
    target: Target<'a>,
}

#[derive(Debug)]
enum Target<'a> {
    Models,
    Model(&'a str),
}

impl Call<'_> {
    fn method(&self) -> String {
        format!("google.ai.generativelanguage.{}.{}", self.version, self.rpc)
    }
}

pub(crate) fn answer(state: &State, request: &Request) -> Reply {
    let Some(call) = route(request) else { return no_route(request) };
    let checked = guard::check(state, request, &call).and_then(|()| match call.target {
        Target::Models => models::list(state, request),
        Target::Model(name) => models::find(state, name),
    });
    finished(match checked {
        Ok(body) => Reply::json(StatusCode::OK, &body),
        Err(error) => error.into_reply(state, &call),
    })
}

fn route(request: &Request) -> Option<Call<'_>> {
    let (version, rest) = request.path.strip_prefix('/')?.split_once('/')?;
    if request.method != Method::GET || !matches!(version, "v1" | "v1beta") {
        return None;
    }
    if rest == "models" {
        let parameters = &["pageSize", "page_size", "pageToken", "page_token"];
        return Some(Call {
            version,
            rpc: "ModelService.ListModels",
            parameters,
            target: Target::Models,
        });
    }
    let name = rest.strip_prefix("models/")?;
    let one_segment = !name.is_empty() && !name.contains('/') && !name.contains(':');
    one_segment.then_some(Call {
        version,
        rpc: "ModelService.GetModel",
        parameters: &["name"],
        target: Target::Model(name),
    })
}

/// The headers of Google's API front end.
fn finished(reply: Reply) -> Reply {
    reply
        .with(header::CONTENT_TYPE, "application/json; charset=UTF-8")
        .with(header::VARY, "Origin, X-Origin, Referer")
        .with(header::CACHE_CONTROL, "private")
        .with(header::SERVER, "scaffolding on HTTPServer2")
        .with(header::X_XSS_PROTECTION, "0")
        .with(header::X_FRAME_OPTIONS, "SAMEORIGIN")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// An API path that is no route is not JSON: it never reaches the API.
fn no_route(request: &Request) -> Reply {
    let path = maud::html! { (request.path) }.into_string();
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That’s \
         an error.</ins>\n<p>The requested URL <code>{path}</code> was not found on this server. <ins>That’s \
         all we know.</ins>\n"
    );
    Reply::new(StatusCode::NOT_FOUND, "text/html; charset=UTF-8", page)
}
