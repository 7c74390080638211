//! How a response is written: layout, numbers for enums, an array or a stream of events.
//!
//! In: what the method answered and the system parameters of the query (`alt`, `$alt`, `prettyPrint`). Out:
//! the reply. `fields`, `callback` and `alt=proto` are taken and have no effect. Line ends of events are from
//! memory and a switch.

use crate::message::{Reply, Request};
use crate::state::State;
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::Value;

/// Enums that responses carry, with their names in the order of their numbers in the protos.
const ENUMS: [(&str, &[&str]); 9] = [
    // Of files; the other resources' states have other names.
    ("state", &["STATE_UNSPECIFIED", "PROCESSING", "ACTIVE", "", "", "", "", "", "", "", "FAILED"]),
    (
        "finishReason",
        &[
            "FINISH_REASON_UNSPECIFIED",
            "STOP",
            "MAX_TOKENS",
            "SAFETY",
            "RECITATION",
            "OTHER",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "MALFORMED_FUNCTION_CALL",
            "IMAGE_SAFETY",
            "UNEXPECTED_TOOL_CALL",
            "TOO_MANY_TOOL_CALLS",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_OTHER",
            "NO_IMAGE",
            "IMAGE_RECITATION",
        ],
    ),
    ("language", &["LANGUAGE_UNSPECIFIED", "PYTHON"]),
    (
        "outcome",
        &["OUTCOME_UNSPECIFIED", "OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED"],
    ),
    (
        "urlRetrievalStatus",
        &[
            "URL_RETRIEVAL_STATUS_UNSPECIFIED",
            "URL_RETRIEVAL_STATUS_SUCCESS",
            "URL_RETRIEVAL_STATUS_ERROR",
            "URL_RETRIEVAL_STATUS_PAYWALL",
            "URL_RETRIEVAL_STATUS_UNSAFE",
        ],
    ),
    (
        "blockReason",
        &[
            "BLOCK_REASON_UNSPECIFIED",
            "SAFETY",
            "OTHER",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "IMAGE_SAFETY",
        ],
    ),
    ("modality", &["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"]),
    ("probability", &["HARM_PROBABILITY_UNSPECIFIED", "NEGLIGIBLE", "LOW", "MEDIUM", "HIGH"]),
    (
        "category",
        &[
            "HARM_CATEGORY_UNSPECIFIED",
            "HARM_CATEGORY_DEROGATORY",
            "HARM_CATEGORY_TOXICITY",
            "HARM_CATEGORY_VIOLENCE",
            "HARM_CATEGORY_SEXUAL",
            "HARM_CATEGORY_MEDICAL",
            "HARM_CATEGORY_DANGEROUS",
            "HARM_CATEGORY_HARASSMENT",
            "HARM_CATEGORY_HATE_SPEECH",
            "HARM_CATEGORY_SEXUALLY_EXPLICIT",
            "HARM_CATEGORY_DANGEROUS_CONTENT",
            "HARM_CATEGORY_CIVIC_INTEGRITY",
        ],
    ),
];

/// What stands between the elements of a stream as an array; no element has a CR.
pub(crate) const BETWEEN_ELEMENTS: &str = ",\r\n";

fn alt(request: &Request) -> impl Iterator<Item = &str> {
    let values = request.query.iter().filter(|(name, _)| matches!(*name, "alt" | "$alt"));
    values.flat_map(|(_, value)| value.split(';'))
}

pub(crate) fn wants_events(request: &Request) -> bool {
    alt(request).any(|part| part == "sse")
}

fn is_compact(request: &Request) -> bool {
    let names = ["prettyPrint", "$prettyPrint"];
    names.iter().any(|name| matches!(request.query.first(name), Some("false" | "0")))
}

pub(crate) fn json(request: &Request, body: &impl Serialize) -> Reply {
    compacted(request, Reply::json(StatusCode::OK, &numbered(request, body)))
}

/// The same reply without layout, where the query wants none.
pub(crate) fn compacted(request: &Request, mut reply: Reply) -> Reply {
    if is_compact(request) {
        reply.body = compact(&reply.body).into();
    }
    reply
}

/// The chunks of a stream, as events or as an array.
pub(crate) fn stream<T: Serialize>(state: &State, request: &Request, chunks: &[T]) -> Reply {
    let texts = chunks.iter().map(|chunk| json(request, chunk).body);
    if wants_events(request) {
        let end = if state.config.switches.sse_crlf { "\r\n\r\n" } else { "\n\n" };
        let mut body = Vec::new();
        for text in texts {
            body.extend_from_slice(b"data: ");
            body.extend(compact(&text));
            body.extend_from_slice(end.as_bytes());
        }
        return Reply::new(StatusCode::OK, "text/event-stream", body)
            .with(header::CONTENT_DISPOSITION, "attachment");
    }
    // Nothing may follow the bracket: Google's Python client refuses even a line end there.
    let body =
        [&b"["[..], &texts.collect::<Vec<_>>().join(BETWEEN_ELEMENTS.as_bytes()), b"\n]"].concat();
    Reply::new(StatusCode::OK, "application/json; charset=UTF-8", body)
}

/// An error before the first chunk: in an array if the chunks would have been.
pub(crate) fn stream_error(state: &State, request: &Request, mut reply: Reply) -> Reply {
    if state.config.switches.stream_error_in_array && !wants_events(request) {
        reply.body = [&b"["[..], &reply.body, b"\n]"].concat().into();
    }
    reply
}

/// Numbers in place of enum names for `$alt=json;enum-encoding=int`; the keys then come sorted.
fn numbered(request: &Request, body: &impl Serialize) -> Numbered<impl Serialize> {
    if !alt(request).any(|part| part == "enum-encoding=int") {
        return Numbered::No(body);
    }
    let mut value = serde_json::to_value(body).unwrap_or_default();
    number(&mut value);
    Numbered::Yes(value)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Numbered<T> {
    No(T),
    Yes(Value),
}

fn number(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(number),
        Value::Object(object) => {
            // What functions are called with and answer is the caller's.
            for (key, inner) in
                object.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "args" | "response"))
            {
                let names = ENUMS.iter().find(|(name, _)| name == key).map(|(_, names)| *names);
                let at = names
                    .zip(inner.as_str())
                    .and_then(|(names, text)| names.iter().position(|name| *name == text));
                match at {
                    Some(at) => *inner = at.into(),
                    None => number(inner),
                }
            }
        }
        _ => {}
    }
}

/// JSON without the white space between its tokens; the order of keys stays.
fn compact(json: &[u8]) -> Vec<u8> {
    let (mut is_inside, mut is_escaped) = (false, false);
    let mut kept = Vec::with_capacity(json.len());
    for &byte in json {
        if is_inside {
            is_inside = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
        } else if byte == b'"' {
            is_inside = true;
        } else if byte.is_ascii_whitespace() {
            continue;
        }
        kept.push(byte);
    }
    kept
}
