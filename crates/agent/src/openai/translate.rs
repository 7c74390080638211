//! Finds out what a request asks for, and has the part of the dialect that it belongs to say what Google is asked.

use super::call::Call;
use super::fields::Fields;
use super::refusal::Refusal;
use super::{chat, embeddings, models};
use http::Method;
use std::borrow::Cow;

/// Says what Google is asked in place of a request whose path below `…/openai/` is this one.
///
/// # Errors
/// A path that is not translated, a body that is no JSON object, and every field that has no counterpart, by its name.
pub fn translate(method: &Method, path: &str, body: &[u8]) -> Result<Call, Refusal> {
    let path = path.trim_matches('/');
    match (path, path.strip_prefix("models/")) {
        ("chat/completions", _) => chat::call(posted(method, path, body)?),
        ("embeddings", _) => embeddings::call(posted(method, path, body)?),
        ("models", _) => asked(method, path).map(|()| models::list()),
        (_, Some(model)) => asked(method, path).and_then(|()| models::one(&decoded(model))),
        _ => Err(Refusal::not_found(format!(
            "`{}` is not translated onto the Gemini API; `chat/completions`, `embeddings` and `models` are",
            path.escape_debug()
        ))),
    }
}

fn posted(method: &Method, path: &str, body: &[u8]) -> Result<Fields, Refusal> {
    if method != Method::POST {
        return Err(Refusal::method(method, path));
    }
    let value = serde_json::from_slice(body).map_err(|error| {
        // Where, but none of its text: it may hold anything.
        let (line, column) = (error.line(), error.column());
        Refusal::request(format!("the body is not JSON (line {line}, column {column})"))
    })?;
    Fields::of(value, "")
}

fn asked(method: &Method, path: &str) -> Result<(), Refusal> {
    if method == Method::GET { Ok(()) } else { Err(Refusal::method(method, path)) }
}

/// Takes `%2F` for a slash: a client may quote the one in `models/gemini-flash-latest`.
fn decoded(segment: &str) -> Cow<'_, str> {
    if segment.contains('%') {
        segment.replace("%2F", "/").replace("%2f", "/").into()
    } else {
        segment.into()
    }
}
