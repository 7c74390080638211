//! An answer that a test wrote, as the model's.
//!
//! In: the script's answer. Out: the messages or the error. Calls get ids and signatures, so that a conversation can
//! go on; what a reason brings with it at Google (ratings of SAFETY, no content of RECITATION) is added.

use super::asked::Asked;
use super::calls;
use super::continuation::{self, Piece};
use super::response::{Answer, Chunk, Form, Turn, sent};
use super::signature::{self, signed};
use crate::api::error::ApiError;
use crate::gemini::tokens;
use crate::{ScriptedAnswer, ScriptedError};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) fn answer(
    asked: &Asked<'_>,
    scripted: ScriptedAnswer,
    form: Form,
) -> Result<Vec<Chunk>, ApiError> {
    if let Some(error) = scripted.error {
        return Err(refusal(&error, asked.model));
    }
    if let Some(response) = scripted.response {
        return Ok(vec![Chunk::Scripted(response)]);
    }
    let mut frames = scripted.frames.clone();
    if let Some(last) = frames.pop() {
        frames.push(last.clone());
        let frames = match form {
            Form::Whole => vec![last],
            Form::Stream => frames,
        };
        return Ok(frames.into_iter().map(Chunk::Scripted).collect());
    }
    let mut answer = made(asked, &scripted);
    answer.thoughts = scripted.thought.as_deref().map(tokens::of_text).unwrap_or_default();
    Ok(sent(&answer, form))
}

fn made(asked: &Asked<'_>, scripted: &ScriptedAnswer) -> Answer {
    if let Some(reason) = &scripted.block_reason {
        return Answer { blocked: Some(reason.clone()), ..asked.answer(Vec::new()) };
    }
    let reason = scripted.finish_reason.as_deref().unwrap_or("STOP");
    let thought = scripted.thought.as_ref().map(|text| json!({"text": text, "thought": true}));
    let hops = scripted.continuations.unwrap_or_default();
    let text = scripted.text.as_deref();
    let mut turn = match text.filter(|_| hops > 0) {
        Some(text) => continued(continuation::first(asked, text, hops, reason)),
        None => Turn { finish: reason.into(), ..Turn::default() },
    };
    if let Some(text) = text.filter(|_| hops == 0) {
        turn.parts.push(json!({"text": text}));
    }
    turn.parts.splice(0..0, thought);
    turn.parts.extend(signed(asked, &called(asked, scripted)));
    let ends_in_text = turn.parts.last().is_some_and(|last| last["text"].is_string());
    if ends_in_text && signature::demanded_by(asked.model) {
        turn.signature = Some(signature::of_text(text.unwrap_or_default()));
    }
    if let Some(words) = &scripted.finish_message {
        turn.more.insert("finishMessage".into(), words.as_str().into());
    }
    if matches!(reason, "SAFETY" | "IMAGE_SAFETY" | "PROHIBITED_CONTENT") {
        turn.more.insert("safetyRatings".into(), ratings());
    }
    asked.answer(vec![turn])
}

/// A piece of a text as the turn of a candidate.
pub(super) fn continued(piece: Piece) -> Turn {
    let mut more = Map::new();
    if let Some(token) = piece.token {
        more.insert("continuationToken".into(), token.into());
    }
    Turn { more, ..Turn::of_text(piece.text, piece.finish) }
}

fn called(asked: &Asked<'_>, scripted: &ScriptedAnswer) -> Vec<Value> {
    let call = |(at, call): (usize, &crate::ScriptedCall)| {
        let id = call.id.clone().unwrap_or_else(|| calls::id(asked, at));
        let args = if call.args.is_null() { json!({}) } else { call.args.clone() };
        json!({"name": call.name, "args": args, "id": id})
    };
    scripted.calls.iter().enumerate().map(call).collect()
}

/// The rating that blocks an answer; the category is the emulator's choice.
fn ratings() -> Value {
    json!([{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true}])
}

/// The error that a script asks for.
pub(crate) fn refusal(error: &ScriptedError, model: &str) -> ApiError {
    match error {
        ScriptedError::Named(fault) => fault.error(model),
        ScriptedError::Status { status, message } => {
            let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let (name, words) = named(code);
            ApiError::Refused((code, name), message.clone().unwrap_or_else(|| words.into()))
        }
    }
}

/// Google's name for a status (google/rpc/code.proto), and its usual words.
fn named(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 => ("UNAUTHENTICATED", crate::api::CREDENTIALS_TEXT),
        403 => ("PERMISSION_DENIED", "The caller does not have permission"),
        404 => ("NOT_FOUND", "Requested entity was not found."),
        409 => ("ABORTED", "The operation was aborted."),
        429 => ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        499 => ("CANCELLED", "The operation was cancelled."),
        501 => ("UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."),
        503 => ("UNAVAILABLE", "The model is overloaded. Please try again later."),
        504 => ("DEADLINE_EXCEEDED", "The request timed out. Please try again."),
        400..=499 => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
        _ => ("INTERNAL", "Internal error encountered."),
    }
}
