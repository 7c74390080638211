//! A `GenerateContentResponse` as a chat completion of OpenAI's, whole or in chunks.
//!
//! In: the messages of the answer. Out: the completion, or the events, which end with `[DONE]`.

use crate::message::Reply;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// What every chunk repeats.
#[derive(Debug)]
pub(super) struct Head {
    /// As the request named it.
    pub(super) model: Value,
    /// In seconds since 1970.
    pub(super) created: u64,
}

impl Head {
    fn around(&self, response: &Value, object: &str, choices: Vec<Value>) -> Value {
        json!({
            "id": response["responseId"],
            "object": object,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }
}

fn candidates(response: &Value) -> impl Iterator<Item = &Value> {
    response["candidates"].as_array().into_iter().flatten()
}

/// What is said and called; none of the thoughts.
fn message(candidate: &Value, is_delta: bool) -> Map<String, Value> {
    let mut message = Map::new();
    message.insert("role".into(), "assistant".into());
    let (mut text, mut calls) = (String::new(), Vec::new());
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        if part["thought"] == true {
            continue;
        }
        text.push_str(part["text"].as_str().unwrap_or_default());
        if let Some(call) = part.get("functionCall") {
            let function = json!({"name": call["name"], "arguments": call["args"].to_string()});
            let mut json = json!({"id": call["id"], "type": "function", "function": function});
            if is_delta {
                json["index"] = calls.len().into();
            }
            if let Some(signature) = part.get("thoughtSignature") {
                json["extra_content"] = json!({"google": {"thought_signature": signature}});
            }
            calls.push(json);
        }
    }
    if !text.is_empty() {
        message.insert("content".into(), text.into());
    }
    if !calls.is_empty() {
        message.insert("tool_calls".into(), calls.into());
    }
    message
}

fn reason(candidate: &Value, has_called: bool) -> Value {
    match candidate["finishReason"].as_str() {
        None => Value::Null,
        Some("STOP") if has_called => "tool_calls".into(),
        Some("STOP") => "stop".into(),
        Some("MAX_TOKENS") => "length".into(),
        Some(_) => "content_filter".into(),
    }
}

fn usage(response: &Value) -> Value {
    let usage = &response["usageMetadata"];
    let number = |name: &str| usage[name].as_u64().unwrap_or_default();
    json!({
        "prompt_tokens": number("promptTokenCount"),
        "completion_tokens": number("candidatesTokenCount") + number("thoughtsTokenCount"),
        "total_tokens": number("totalTokenCount"),
    })
}

pub(super) fn whole(head: &Head, response: &Value) -> Value {
    let choices = candidates(response).map(|candidate| {
        let message = message(candidate, false);
        let reason = reason(candidate, message.contains_key("tool_calls"));
        json!({"index": candidate["index"], "message": message, "finish_reason": reason})
    });
    let mut json = head.around(response, "chat.completion", choices.collect());
    json["usage"] = usage(response);
    json
}

pub(super) fn stream(head: &Head, responses: &[Value], with_usage: bool) -> Reply {
    let mut body = String::new();
    let mut has_called = false;
    for response in responses {
        let choices = candidates(response).map(|candidate| {
            let delta = message(candidate, true);
            has_called |= delta.contains_key("tool_calls");
            let reason = reason(candidate, has_called);
            json!({"index": candidate["index"], "delta": delta, "finish_reason": reason})
        });
        let chunk = head.around(response, "chat.completion.chunk", choices.collect());
        body.push_str(&format!("data: {chunk}\n\n"));
    }
    if let Some(last) = responses.last().filter(|_| with_usage) {
        let mut chunk = head.around(last, "chat.completion.chunk", Vec::new());
        chunk["usage"] = usage(last);
        body.push_str(&format!("data: {chunk}\n\n"));
    }
    body.push_str("data: [DONE]\n\n");
    Reply::new(StatusCode::OK, "text/event-stream", body)
}
