//! The Interactions API: create, get, delete and cancel interactions.
//!
//! In: a request, its names in snake_case. Out: an `Interaction`, or its events. What a model says comes from
//! `generate`: an interaction is a `generateContent` in other clothes, so scripts and refusals are the same. Source:
//! google-genai 3.6.1. Not here: agents' work (an agent answers as a model), Live interactions, webhooks.

mod events;
mod request;
mod steps;
pub(crate) mod stored;

use self::stored::Stored;
use super::call::{Call, Found};
use super::generate::Form;
use super::generated::{Generated, generate_content};
use super::resources::work::{Progress, Work};
use super::versions;
use crate::api::error::ApiError;
use crate::api::{encoding, finished, guard};
use crate::message::{Reply, Request};
use crate::state::State;
use crate::{GeminiFault, clock, random};
use serde_json::{Map, Value, json};

/// Answers as a model when an agent is asked.
const MODEL_OF_AGENTS: &str = "gemini-3.1-pro-preview";

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Create,
    Get(&'a str),
    Delete(&'a str),
    Cancel(&'a str),
}

fn find(request: &Request) -> Option<Call<'_, Target<'_>>> {
    let (version, rest) = versions::split(&request.path)?;
    let segments: Vec<&str> = rest.split('/').collect();
    let found: Found<Target<'_>> = match (request.method.as_str(), &segments[..]) {
        ("POST", ["interactions"]) => ("InteractionService.CreateInteraction", &[], Target::Create),
        ("GET", ["interactions", id]) => (
            "InteractionService.GetInteraction",
            &["include_input", "stream", "last_event_id"],
            Target::Get(id),
        ),
        ("DELETE", ["interactions", id]) => {
            ("InteractionService.DeleteInteraction", &[], Target::Delete(id))
        }
        ("POST", ["interactions", id, "cancel"]) => {
            ("InteractionService.CancelInteraction", &[], Target::Cancel(id))
        }
        _ => return None,
    };
    Some(Call::new(version, found))
}

/// Whether a request is for one of these methods.
pub(super) fn is_called_by(request: &Request) -> bool {
    find(request).is_some()
}

/// The answer to a request, if it is for one of these methods.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = find(request).filter(|call| call.is_served(state))?;
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|project| perform(state, request, &call, &project));
    Some(result.unwrap_or_else(|error| call.refused(state, request, error)))
}

/// The answer to a request for one of these methods that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let call = find(request)?;
    Some(call.refused(state, request, fault.error(MODEL_OF_AGENTS)))
}

fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
    project: &str,
) -> Result<Reply, ApiError> {
    let shown = |json: &Value| finished(encoding::json(request, json));
    match call.target {
        Target::Create => create(state, request, call, project),
        Target::Get(id) => {
            let json =
                get(state, project, id, request.query.first("include_input") == Some("true"))?;
            match request.query.first("stream") {
                Some("true") => {
                    let events = events::of(&json);
                    Ok(finished(events::reply(&events, request.query.first("last_event_id"))))
                }
                _ => Ok(shown(&json)),
            }
        }
        Target::Delete(id) => {
            find_stored(state, project, id)?.is_deleted = true;
            Ok(shown(&json!({})))
        }
        Target::Cancel(id) => {
            let now = state.clock.now();
            let stored = find_stored(state, project, id)?;
            let is_running = stored.work.as_ref().is_some_and(|work| {
                work.progress(now) == Progress::Pending && !stored.is_cancelled
            });
            if !is_running {
                return Err(ApiError::failed_precondition(
                    "Only an interaction that runs in the background can be cancelled.",
                ));
            }
            stored.is_cancelled = true;
            Ok(shown(&get(state, project, id, false)?))
        }
    }
}

// Own words: no capture of this error is known.
fn find_stored<'a>(
    state: &'a mut State,
    project: &str,
    id: &str,
) -> Result<&'a mut Stored, ApiError> {
    let stored = state.interactions.0.get_mut(id);
    stored
        .filter(|stored| stored.project == project && !stored.is_deleted)
        .ok_or_else(|| ApiError::not_found(format!("Interaction {id} is not found.")))
}

/// An interaction as far as it is; asking counts as a question after its work.
fn get(state: &mut State, project: &str, id: &str, with_input: bool) -> Result<Value, ApiError> {
    let now = state.clock.now();
    let stored = find_stored(state, project, id)?;
    let mut json = stored.done.clone();
    let progress = stored.work.as_mut().map_or(Progress::Done, |work| work.poll(now));
    let status = if stored.is_cancelled {
        Some("cancelled")
    } else {
        (progress == Progress::Pending).then_some("in_progress")
    };
    let Some(fields) = json.as_object_mut() else { return Ok(json) };
    if let Some(status) = status {
        for name in ["steps", "output_text", "usage"] {
            fields.remove(name);
        }
        fields.insert("status".into(), status.into());
    }
    if !with_input {
        fields.remove("input");
    }
    Ok(json)
}

fn create(
    state: &mut State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
    project: &str,
) -> Result<Reply, ApiError> {
    let sent = request::read(&request.body)?;
    let before = match sent["previous_interaction_id"].as_str() {
        Some(id) => find_stored(state, project, id)?.history.clone(),
        None => Vec::new(),
    };
    let body = request::to_generate(&sent, before)?;
    let model = sent["model"].as_str().unwrap_or(MODEL_OF_AGENTS);
    let model = model.strip_prefix("models/").unwrap_or(model).to_owned();
    let now = state.clock.now();
    state.usage.spend(&state.config.quotas, project, &model, now)?;
    let asked = (model.as_str(), "interactions");
    let Generated { chunks, delay } = generate_content(state, project, asked, &body, Form::Whole);
    let chunks = match chunks {
        Ok(chunks) => chunks,
        Err(error) => return Ok(call.refused(state, request, error).after(delay)),
    };
    let response = serde_json::to_value(&chunks[0]).unwrap_or_default();
    let done = described(state, &sent, &response);
    if sent["store"] != false {
        let mut history = body["contents"].as_array().cloned().unwrap_or_default();
        history.extend(response["candidates"][0].get("content").cloned());
        let work =
            (sent["background"] == true).then(|| Work::start(&state.config.processing, now, false));
        let stored = Stored {
            project: project.to_owned(),
            id: done["id"].as_str().unwrap_or_default().to_owned(),
            done: done.clone(),
            history,
            work,
            is_cancelled: false,
            is_deleted: false,
        };
        state.interactions.add(stored);
    }
    Ok(replied(request, &sent, done).after(delay))
}

fn replied(request: &Request, sent: &Value, mut done: Value) -> Reply {
    if let Some(fields) = done.as_object_mut() {
        fields.remove("input");
        if sent["background"] == true && sent["stream"] != true {
            for name in ["steps", "output_text", "usage"] {
                fields.remove(name);
            }
            fields.insert("status".into(), "in_progress".into());
        }
    }
    finished(if sent["stream"] == true {
        events::reply(&events::of(&done), None)
    } else {
        encoding::json(request, &done)
    })
}

/// The interaction once it is done.
fn described(state: &State, sent: &Value, response: &Value) -> Value {
    let now = clock::rfc3339(clock::whole_seconds(state.clock.now()));
    let mut json = Map::new();
    json.insert("object".into(), "interaction".into());
    json.insert("id".into(), format!("v1_{}", random::interaction_id()).into());
    for name in ["model", "agent", "previous_interaction_id", "labels", "service_tier", "input"] {
        if let Some(value) = sent.get(name).filter(|value| !value.is_null()) {
            json.insert(name.into(), value.clone());
        }
    }
    json.insert("created".into(), now.as_str().into());
    json.insert("updated".into(), now.into());
    let steps = steps::of(response);
    let texts = steps.iter().filter(|step| step["type"] == "model_output");
    let text: String = texts.filter_map(|step| step["content"][0]["text"].as_str()).collect();
    json.insert("status".into(), steps::status(response).into());
    if !text.is_empty() {
        json.insert("output_text".into(), text.into());
    }
    json.insert("usage".into(), steps::usage(response));
    if let Some(errors) = steps::errors(response) {
        json.insert("errors".into(), errors);
    }
    if let Some(token) = response["candidates"][0].get("continuationToken") {
        json.insert("continuation_token".into(), token.clone());
    }
    json.insert("steps".into(), steps.into());
    Value::Object(json)
}
