//! The Gemini API: finds the method, lets the guard check the caller, answers.
//!
//! In: any path that is not the authorization server's. Out: the method's JSON, an API error, or the HTML
//! page that Google gives for paths that are no route. It imitates the wire, not the models.

pub(crate) mod batches;
mod call;
mod count;
mod embed;
mod generate;
mod generated;
pub(crate) mod interactions;
pub(crate) mod methods;
mod models;
mod openai;
mod others;
pub(crate) mod quota;
pub(crate) mod resources;
mod routes;
pub(crate) mod schema;
mod scripted;
mod tokens;
mod tool_schema;
pub(crate) mod versions;

use self::call::Call;
use self::generate::Form;
use self::generated::{Generated, generate_content};
use self::resources::brought::brought;
use self::routes::Target;
use crate::GeminiFault;
use crate::api::body::{self, Message};
use crate::api::error::ApiError;
use crate::api::{encoding, finished, guard, no_route};
use crate::message::{Reply, Request};
use crate::state::State;
use http::StatusCode;
use serde_json::json;
use std::borrow::Cow;

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    if let Some(reply) = resources::answer(state, request) {
        return reply;
    }
    let other = interactions::answer(state, request)
        .or_else(|| batches::answer(state, request))
        .or_else(|| openai::answer(state, request))
        .or_else(|| others::answer(state, request));
    if let Some(reply) = other {
        return reply;
    }
    let call = routes::find(request).filter(|call| call.is_served(state));
    let Some(call) = call else { return no_route(request) };
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|payer| perform(state, request, &call, &payer));
    match result {
        Ok(reply) => finished(reply),
        Err(error) => refused(state, request, &call, error),
    }
}

/// Whether a request calls a method of the Gemini API.
pub(crate) fn is_called_by(request: &Request) -> bool {
    routes::find(request).is_some()
        || resources::is_called_by(request)
        || interactions::is_called_by(request)
        || batches::is_called_by(request)
        || openai::is_called_by(request)
        || others::is_called_by(request)
}

/// The most bytes that a request of these methods may have.
pub(crate) const LARGEST_REQUEST: usize = 20 * 1024 * 1024;

/// The answer to a request that has more. From memory, the words too.
pub(crate) fn too_large() -> Reply {
    let message = format!("Request payload size exceeds the limit: {LARGEST_REQUEST} bytes.");
    let error = json!({"code": 400, "message": message, "status": "INVALID_ARGUMENT"});
    finished(Reply::json(StatusCode::BAD_REQUEST, &json!({"error": error})))
}

/// The answer to a request that a fault makes fail.
pub(crate) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Reply {
    let other = resources::failure(state, request, fault)
        .or_else(|| interactions::failure(state, request, fault))
        .or_else(|| batches::failure(state, request, fault))
        .or_else(|| openai::failure(state, request, fault))
        .or_else(|| others::failure(state, request, fault));
    if let Some(reply) = other {
        return reply;
    }
    match routes::find(request) {
        Some(call) => {
            let error = fault.error(call.target.model());
            refused(state, request, &call, error)
        }
        None => no_route(request),
    }
}

/// The JSON of the error that a fault asks for.
pub(crate) fn failure_json(state: &State, request: &Request, fault: GeminiFault) -> String {
    let body = match routes::find(request) {
        Some(call) => fault.error(call.target.model()).into_reply(state, &call.site()).body,
        None => failure(state, request, fault).body,
    };
    String::from_utf8_lossy(&body).into_owned()
}

fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
    payer: &str,
) -> Result<Reply, ApiError> {
    let read = |message: &Message| body::read(&request.body, message, call.version);
    match call.target {
        Target::Models => Ok(encoding::json(request, &models::list(state, request)?)),
        Target::Model(id) => Ok(encoding::json(request, &models::find(state, id)?)),
        Target::Generate(id, form) => {
            let now = state.clock.now();
            state.usage.spend(&state.config.quotas, payer, id, now)?;
            let body = read(&schema::GENERATE_CONTENT)?;
            let asked = (id, method_of(form));
            let Generated { chunks, delay } = generate_content(state, payer, asked, &body, form);
            let reply = match chunks {
                Ok(chunks) if form == Form::Whole => encoding::json(request, &chunks[0]),
                Ok(chunks) => encoding::stream(state, request, &chunks),
                Err(error) => refused(state, request, call, error),
            };
            Ok(reply.after(delay))
        }
        Target::Count(id) => {
            let mut body = read(&schema::COUNT_TOKENS)?;
            let mut found = None;
            if let Some(whole) = body.get_mut("generateContentRequest") {
                let mut unfolded = Cow::Borrowed(&*whole);
                found = brought(state, payer, id, &mut unfolded)?;
                *whole = unfolded.into_owned();
            }
            let counted = count::answer(&body)?.with(found.as_ref());
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

fn method_of(form: Form) -> &'static str {
    match form {
        Form::Whole => "generateContent",
        Form::Stream => "streamGenerateContent",
    }
}

fn refused(
    state: &State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
    error: ApiError,
) -> Reply {
    let reply = encoding::compacted(request, error.into_reply(state, &call.site()));
    finished(match call.target {
        Target::Generate(_, Form::Stream) => encoding::stream_error(state, request, reply),
        _ => reply,
    })
}
