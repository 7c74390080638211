//! The OpenAI-compatible paths: chat/completions, embeddings, models.
//!
//! In: a request in OpenAI's shapes with an API key as its bearer. Out: a reply in these shapes, made from a
//! `generateContent` that means the same. A token is refused, as it is at Google (reported twice). From memory: the
//! words for no key, and that errors come in an array. Not here: images, files, batches of this dialect.

mod reply;
mod request;

use super::call::API;
use super::generate::Form;
use super::generated::{Generated, generate_content};
use super::{embed, models, versions};
use crate::api::error::ApiError;
use crate::api::{Site, finished, guard};
use crate::message::{Reply, Request};
use crate::state::{Lookup, State};
use crate::{GeminiFault, clock};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Chat,
    Embeddings,
    Models,
    Model(&'a str),
}

fn find(request: &Request) -> Option<(&str, Target<'_>)> {
    let (version, rest) = versions::split(&request.path)?;
    let target = match (request.method.as_str(), rest.strip_prefix("openai/")?) {
        ("POST", "chat/completions") => Target::Chat,
        ("POST", "embeddings") => Target::Embeddings,
        ("GET", "models") => Target::Models,
        ("GET", path) => {
            let id = path.strip_prefix("models/")?;
            Target::Model(id.strip_prefix("models/").unwrap_or(id))
        }
        _ => return None,
    };
    Some((version, target))
}

/// Whether a request is for one of these paths.
pub(super) fn is_called_by(request: &Request) -> bool {
    find(request).is_some()
}

/// The answer to a request, if it is for one of these paths.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let (version, target) = find(request)?;
    let result =
        admitted(state, request).and_then(|project| perform(state, request, target, &project));
    Some(finished(result.unwrap_or_else(|error| refused(state, version, error))))
}

/// The answer to a request for one of these paths that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let (version, _) = find(request)?;
    Some(finished(refused(state, version, fault.error("gemini-2.5-flash"))))
}

fn refused(state: &State, version: &str, error: ApiError) -> Reply {
    // The method in the details is that behind the path: inferred.
    let method =
        format!("google.ai.generativelanguage.{version}.GenerativeService.ChatCompletions");
    let mut reply = error.into_reply(state, &Site { api: &API, method, version });
    if state.config.switches.openai_error_in_array {
        reply.body = [b"[", &reply.body[..], b"\n]"].concat().into();
    }
    reply
}

/// The project of the key that is the bearer; a token is none.
fn admitted(state: &State, request: &Request) -> Result<String, ApiError> {
    let Some(key) = request.authorization("Bearer").filter(|key| !key.is_empty()) else {
        return Err(ApiError::InvalidArgument("Missing or invalid Authorization header.".into()));
    };
    if key.starts_with("ya29.") || !matches!(state.access_token(key), Lookup::Unknown) {
        return Err(ApiError::WrongCredentialType);
    }
    let project = guard::project_of_key(state, key)?;
    guard::check_enabled(project, &API)?;
    Ok(project.id.clone())
}

fn perform(
    state: &mut State,
    request: &Request,
    target: Target<'_>,
    project: &str,
) -> Result<Reply, ApiError> {
    let body = || {
        serde_json::from_slice::<Value>(&request.body).ok().filter(Value::is_object).ok_or_else(
            || ApiError::InvalidArgument("Request contains an invalid argument.".into()),
        )
    };
    match target {
        Target::Chat => chat(state, &body()?, project),
        Target::Embeddings => embeddings(state, &body()?),
        Target::Models => {
            let all = models::names(state).into_iter().map(|name| described(&name));
            Ok(shown(&json!({"object": "list", "data": all.collect::<Vec<_>>()})))
        }
        Target::Model(id) => {
            models::find(state, id)?;
            Ok(shown(&described(&format!("models/{id}"))))
        }
    }
}

fn shown(json: &Value) -> Reply {
    Reply::new(StatusCode::OK, "application/json; charset=UTF-8", json.to_string())
}

fn described(name: &str) -> Value {
    json!({"id": name, "object": "model", "owned_by": "google"})
}

fn model_of(body: &Value) -> Result<&str, ApiError> {
    match body["model"].as_str() {
        Some(model) => Ok(model.strip_prefix("models/").unwrap_or(model)),
        None => Err(ApiError::InvalidArgument("model is not specified".into())),
    }
}

fn chat(state: &mut State, body: &Value, project: &str) -> Result<Reply, ApiError> {
    let model = model_of(body)?;
    let (now, quotas) = (state.clock.now(), &state.config.quotas);
    state.usage.spend(quotas, project, model, now)?;
    let native = request::to_generate(body)?;
    let is_stream = body["stream"] == true;
    let form = if is_stream { Form::Stream } else { Form::Whole };
    let asked = (model, "chat/completions");
    let Generated { chunks, delay } = generate_content(state, project, asked, &native, form);
    let chunks = chunks?;
    let chunks = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap_or_default());
    let chunks: Vec<Value> = chunks.collect();
    let head = reply::Head { model: body["model"].clone(), created: clock::epoch_seconds(now) };
    Ok(match is_stream {
        true => reply::stream(&head, &chunks, body["stream_options"]["include_usage"] == true),
        false => shown(&reply::whole(&head, &chunks[0])),
    }
    .after(delay))
}

fn embeddings(state: &State, body: &Value) -> Result<Reply, ApiError> {
    let model = model_of(body)?;
    let inputs: Vec<&Value> = match &body["input"] {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    };
    if inputs.len() > embed::LARGEST_BATCH {
        return Err(embed::too_many());
    }
    let is_base64 = body["encoding_format"] == "base64";
    let mut data = Vec::new();
    for (index, text) in inputs.into_iter().enumerate() {
        let mut request = json!({"content": {"parts": [{"text": text}]}});
        if let Some(number) = body.get("dimensions").filter(|number| !number.is_null()) {
            request["outputDimensionality"] = number.clone();
        }
        let values = embed::values(model, &request)?;
        let embedding = if is_base64 {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            Value::from(BASE64_STANDARD.encode(bytes))
        } else {
            Value::from(values)
        };
        data.push(json!({"object": "embedding", "index": index, "embedding": embedding}));
    }
    models::demand(state, model, "embedContent")?;
    if data.is_empty() {
        return Err(ApiError::InvalidArgument("input is not specified".into()));
    }
    Ok(shown(&json!({"object": "list", "data": data, "model": body["model"]})))
}
