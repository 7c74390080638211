//! The requests of a batch, and their answers.
//!
//! In: inline requests, or a file of them. Out: each request with what comes back beside its answer, its `metadata` or
//! the `key` of its line; and the answer, an error of its own where one cannot be answered.

use super::batch::Kind;
use crate::api::Site;
use crate::api::body::{self, Kind as Field, Message};
use crate::api::error::ApiError;
use crate::api::error_body::code;
use crate::gemini::call::API;
use crate::gemini::generate::Form;
use crate::gemini::generated::{Generated, generate_content};
use crate::gemini::schema::{EMBED_CONTENT, GENERATE_CONTENT};
use crate::gemini::{embed, models};
use crate::state::State;
use Field::{Any, Many, One, Text};
use serde_json::{Value, json};

/// As many as a test needs; Google takes more.
const MOST_REQUESTS: usize = 1_000;

static GENERATE_ONE: Message = Message {
    name: "InlinedRequest",
    fields: &[("request", One(&GENERATE_CONTENT)), ("metadata", Any)],
};
static GENERATE_MANY: Message =
    Message { name: "InlinedRequests", fields: &[("requests", Many(&GENERATE_ONE))] };
static GENERATE_INPUT: Message = Message {
    name: "InputConfig",
    fields: &[("fileName", Text), ("requests", One(&GENERATE_MANY))],
};
static GENERATE_BATCH: Message = Message {
    name: "GenerateContentBatch",
    fields: &[
        ("name", Text),
        ("model", Text),
        ("displayName", Text),
        ("inputConfig", One(&GENERATE_INPUT)),
        ("priority", Any),
        ("webhookConfig", Any),
    ],
};
pub(super) static GENERATE: Message = Message {
    name: "BatchGenerateContentRequest",
    fields: &[("model", Text), ("batch", One(&GENERATE_BATCH))],
};

static EMBED_ONE: Message = Message {
    name: "InlinedEmbedContentRequest",
    fields: &[("request", One(&EMBED_CONTENT)), ("metadata", Any)],
};
static EMBED_MANY: Message =
    Message { name: "InlinedEmbedContentRequests", fields: &[("requests", Many(&EMBED_ONE))] };
static EMBED_INPUT: Message = Message {
    name: "InputEmbedContentConfig",
    fields: &[("fileName", Text), ("requests", One(&EMBED_MANY))],
};
static EMBED_BATCH: Message = Message {
    name: "EmbedContentBatch",
    fields: &[
        ("name", Text),
        ("model", Text),
        ("displayName", Text),
        ("inputConfig", One(&EMBED_INPUT)),
        ("priority", Any),
        ("webhookConfig", Any),
    ],
};
pub(super) static EMBED: Message = Message {
    name: "AsyncBatchEmbedContentRequest",
    fields: &[("model", Text), ("batch", One(&EMBED_BATCH))],
};
pub(super) static UPDATE: Message = Message {
    name: "GenerateContentBatch",
    fields: &[("name", Text), ("displayName", Text), ("priority", Any), ("webhookConfig", Any)],
};

/// A request, or what is wrong with its line; and what comes back beside the answer.
type Sent = (Value, Result<Value, String>);

// The words of all refusals here are the emulator's own.
fn invalid<T>(words: &str) -> Result<T, ApiError> {
    Err(ApiError::InvalidArgument(words.to_owned()))
}

pub(super) fn inline(batch: &Value) -> Result<Vec<Sent>, ApiError> {
    let requests = batch["inputConfig"]["requests"]["requests"].as_array();
    let Some(requests) = requests.filter(|list| !list.is_empty()) else {
        return invalid("* BatchRequest.batch.input_config: neither requests nor a file are given");
    };
    if requests.len() > MOST_REQUESTS {
        return invalid(
            "* BatchRequest.batch.input_config.requests: the emulator takes at most 1000",
        );
    }
    let sent = requests.iter().map(|one| {
        let extra = match &one["metadata"] {
            Value::Null => json!({}),
            metadata => json!({"metadata": metadata}),
        };
        (extra, Ok(one["request"].clone()))
    });
    Ok(sent.collect())
}

/// The lines of a file that this project has.
pub(super) fn of_file(state: &State, project: &str, name: &str) -> Result<Vec<Sent>, ApiError> {
    let id = name.strip_prefix("files/").unwrap_or(name);
    let file = state.resources.files.find(project, id, state.clock.now())?;
    let Some(bytes) = &file.bytes else {
        return Err(ApiError::failed_precondition(
            "the emulator no longer has the bytes of this file; upload a smaller one",
        ));
    };
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let sent: Vec<Sent> = lines
        .take(MOST_REQUESTS)
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(json) if json["request"].is_object() => {
                let key = json.get("key").cloned().unwrap_or_default();
                (json!({"key": key}), Ok(json["request"].clone()))
            }
            Ok(json) => (json!({"key": json["key"]}), Err("the line has no `request`".to_owned())),
            Err(_) => (json!({"key": null}), Err("the line is not JSON".to_owned())),
        })
        .collect();
    if sent.is_empty() { invalid("the file has no requests") } else { Ok(sent) }
}

/// The answer of one request, beside what it came with.
pub(super) fn answered(
    state: &mut State,
    project: &str,
    (kind, model): (Kind, &str),
    version: &str,
    (mut extra, sent): (Value, &Result<Value, String>),
) -> Value {
    let result = match sent {
        Ok(request) => perform(state, project, (kind, model), version, request),
        Err(words) => invalid(words),
    };
    match result {
        Ok(response) => extra["response"] = response,
        Err(error) => {
            let site = Site { api: &API, method: String::new(), version };
            let reply = error.into_reply(state, &site);
            let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let (code, message) = (grpc_code(&json), &json["error"]["message"]);
            extra["error"] = json!({"code": code, "message": message});
        }
    }
    extra
}

/// `google.rpc.Status` has the number of google/rpc/code.proto.
fn grpc_code(json: &Value) -> i32 {
    code(json["error"]["status"].as_str().unwrap_or_default())
}

fn perform(
    state: &mut State,
    project: &str,
    (kind, model): (Kind, &str),
    version: &str,
    request: &Value,
) -> Result<Value, ApiError> {
    let message = match kind {
        Kind::Generate => &GENERATE_CONTENT,
        Kind::Embed => &EMBED_CONTENT,
    };
    // Lines of a file were not read yet; to read what was read changes nothing.
    let request = body::read(request.to_string().as_bytes(), message, version)?;
    match kind {
        Kind::Generate => {
            let asked = (model, "batchGenerateContent");
            let Generated { chunks, .. } =
                generate_content(state, project, asked, &request, Form::Whole);
            Ok(serde_json::to_value(&chunks?[0]).unwrap_or_default())
        }
        Kind::Embed => {
            models::demand(state, model, "asyncBatchEmbedContent")?;
            let values = embed::values(model, &request)?;
            Ok(json!({"embedding": {"values": values}}))
        }
    }
}
