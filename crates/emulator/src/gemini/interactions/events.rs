//! The events of an interaction's stream.
//!
//! In: an interaction that is done. Out: its events, each with an id, and `[DONE]` at the end. The order of events and
//! their fields: google-genai 3.6.1; that an `event:` line names the type of each is remembered, readers take it from
//! the data. Deltas of texts are three pieces.

use crate::message::Reply;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

const PIECES: usize = 3;

/// All events, in order.
pub(super) fn of(interaction: &Value) -> Vec<Value> {
    let brief = |status: &str| {
        let mut brief = Map::new();
        for name in ["id", "object", "model", "agent", "created", "updated"] {
            if let Some(value) = interaction.get(name) {
                brief.insert(name.into(), value.clone());
            }
        }
        brief.insert("status".into(), status.into());
        Value::Object(brief)
    };
    let status = interaction["status"].as_str().unwrap_or("completed");
    let id = &interaction["id"];
    let mut events = vec![
        json!({"event_type": "interaction.created", "interaction": brief("in_progress")}),
        json!({"event_type": "interaction.status_update", "interaction_id": id, "status": "in_progress"}),
    ];
    let steps = interaction["steps"].as_array().into_iter().flatten().enumerate();
    for (index, step) in steps {
        let (start, deltas) = taken_apart(step);
        events.push(json!({"event_type": "step.start", "index": index, "step": start}));
        let deltas = deltas.into_iter();
        events.extend(
            deltas.map(|delta| json!({"event_type": "step.delta", "index": index, "delta": delta})),
        );
        events.push(json!({"event_type": "step.stop", "index": index}));
    }
    let mut end = brief(status);
    for name in ["usage", "continuation_token"] {
        if let Some(value) = interaction.get(name) {
            end[name] = value.clone();
        }
    }
    events.push(json!({"event_type": "interaction.completed", "interaction": end}));
    for (at, event) in events.iter_mut().enumerate() {
        event["event_id"] = format!("{at:04}").into();
    }
    events
}

/// A step as it begins, and what is added to it.
fn taken_apart(step: &Value) -> (Value, Vec<Value>) {
    match step["type"].as_str().unwrap_or_default() {
        "model_output" => {
            let content = &step["content"][0];
            let mut deltas = pieces(content["text"].as_str().unwrap_or_default());
            if let Some(annotations) = content.get("annotations") {
                deltas.push(json!({"type": "text_annotation_delta", "annotations": annotations}));
            }
            (json!({"type": "model_output"}), deltas)
        }
        "thought" => {
            let mut deltas = Vec::new();
            if let Some(summary) = step["summary"].get(0) {
                deltas.push(json!({"type": "thought_summary", "content": summary}));
            }
            if let Some(signature) = step.get("signature") {
                deltas.push(json!({"type": "thought_signature", "signature": signature}));
            }
            (json!({"type": "thought"}), deltas)
        }
        "function_call" => {
            let mut start = step.clone();
            start["arguments"] = json!({});
            let arguments = step["arguments"].to_string();
            (start, vec![json!({"type": "arguments_delta", "arguments": arguments})])
        }
        _ => (step.clone(), Vec::new()),
    }
}

fn pieces(text: &str) -> Vec<Value> {
    let letters: Vec<char> = text.chars().collect();
    let size = letters.len().div_ceil(PIECES).max(1);
    let texts = letters.chunks(size).map(|piece| piece.iter().collect::<String>());
    texts.map(|text| json!({"type": "text", "text": text})).collect()
}

/// The stream of these events, from the one after this id.
pub(super) fn reply(events: &[Value], after: Option<&str>) -> Reply {
    let known = after.and_then(|id| events.iter().position(|event| event["event_id"] == id));
    let rest = &events[known.map_or(0, |at| at + 1)..];
    let mut body: String = rest
        .iter()
        .map(|event| {
            let name = event["event_type"].as_str().unwrap_or_default();
            format!("event: {name}\ndata: {event}\n\n")
        })
        .collect();
    body.push_str("event: done\ndata: [DONE]\n\n");
    Reply::new(StatusCode::OK, "text/event-stream", body)
        .with(header::CONTENT_DISPOSITION, "attachment")
}
