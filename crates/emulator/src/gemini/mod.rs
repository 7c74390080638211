//! The Gemini API: finds the method, lets the guard check the caller, answers.
//!
//! In: any path that is not the authorization server's. Out: the method's JSON, an API error, or the HTML
//! page that Google gives for paths that are no route. It imitates the wire, not the models.

pub(crate) mod api;
pub(crate) mod body;
mod count;
mod embed;
pub(crate) mod encoding;
pub(crate) mod error;
mod error_body;
mod error_details;
mod generate;
pub(crate) mod guard;
mod models;
pub(crate) mod quota;
mod routes;
pub(crate) mod schema;
mod scripted;
pub(crate) mod settings;

use http::{StatusCode, header};
use serde_json::Value;

use self::{
    error::ApiError,
    generate::Form,
    routes::{Call, Target},
    schema::Message,
};
pub use self::{
    scripted::GeminiFault,
    settings::{KeyRefusal, Quota, QuotaPeriod, ScriptedReply},
};
use crate::{
    message::{Reply, Request},
    state::State,
};

pub(crate) const SERVICE: &str = "generativelanguage.googleapis.com";
/// The words for a credential that is no use, on every API of Google's.
pub(crate) const CREDENTIALS_TEXT: &str = "Request had invalid authentication credentials. Expected OAuth 2 \
    access token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let Some(call) = routes::find(request) else { return no_route(request) };
    let result = guard::check(state, request, &call)
        .and_then(|payer| perform(state, request, &call, &payer));
    match result {
        Ok(reply) => finished(reply),
        Err(error) => refused(state, request, &call, error),
    }
}

/// The answer to a request that a fault makes fail.
pub(crate) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Reply {
    match routes::find(request) {
        Some(call) => {
            let error = fault.error(call.target.model());
            refused(state, request, &call, error)
        }
        None => no_route(request),
    }
}

fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    payer: &str,
) -> Result<Reply, ApiError> {
    let read = |message: &Message| body::read(&request.body, message, call.version);
    match call.target {
        Target::Models => Ok(encoding::json(request, &models::list(state, request)?)),
        Target::Model(id) => Ok(encoding::json(request, &models::find(state, id)?)),
        Target::Generate(id, form) => {
            quota::spend(state, payer, id)?;
            let body = read(&schema::GENERATE_CONTENT)?;
            generated(state, request, id, &body, form)
        }
        Target::Count(id) => {
            let counted = count::answer(&read(&schema::COUNT_TOKENS)?)?;
            models::demand(state, id, "countTokens")?;
            Ok(encoding::json(request, &counted))
        }
        Target::Embed(id) => {
            let embedded = embed::one(id, &read(&schema::EMBED_CONTENT)?)?;
            models::demand(state, id, "embedContent")?;
            Ok(encoding::json(request, &embedded))
        }
        Target::BatchEmbed(id) => {
            let embedded = embed::batch(id, &read(&schema::BATCH_EMBED_CONTENTS)?)?;
            models::demand(state, id, "embedContent")?;
            Ok(encoding::json(request, &embedded))
        }
    }
}

fn generated(
    state: &mut State,
    request: &Request,
    id: &str,
    body: &Value,
    form: Form,
) -> Result<Reply, ApiError> {
    generate::prompt_tokens(body)?;
    models::demand(state, id, "generateContent")?;
    let scripted = state.config.replies.get_mut(id).and_then(|replies| replies.pop_front());
    let chunks = generate::answer(id, body, scripted, form)?;
    Ok(match form {
        Form::Whole => encoding::json(request, &chunks[0]),
        Form::Stream => encoding::stream(state, request, &chunks),
    })
}

fn refused(state: &State, request: &Request, call: &Call<'_>, error: ApiError) -> Reply {
    let reply = encoding::compacted(request, error.into_reply(state, call));
    finished(match call.target {
        Target::Generate(_, Form::Stream) => encoding::stream_error(state, request, reply),
        _ => reply,
    })
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
