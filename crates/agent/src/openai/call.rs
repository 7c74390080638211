//! Finds out what a request asks for, and what Google is asked in its place.

use super::answer::Answer;
use super::fields::Fields;
use super::refusal::Refusal;
use super::{chat, embeddings, models};
use http::Method;
use std::borrow::Cow;

/// What Google is asked in place of one request of the dialect.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The method of each request.
    pub method: Method,
    /// The path and query below the version, such as `models/gemini-flash-latest:generateContent`.
    pub path: String,
    /// The body of each request, as JSON; empty for a GET. Mostly one; a long list of texts to embed takes several, which
    /// are answered one after another.
    pub bodies: Vec<Vec<u8>>,
    /// How to read what Google answers.
    pub answer: Answer,
}

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

/// Returns the path of a model: `gemini-x`, `models/gemini-x` or `tunedModels/x`.
pub(super) fn model_path(name: &str) -> Result<String, Refusal> {
    let id = name.strip_prefix("models/").or_else(|| name.strip_prefix("tunedModels/"));
    let segment = id.unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !segment.bytes().all(plain) || ["", ".", ".."].contains(&segment) {
        return Err(Refusal::not_found(format!(
            "`{}` is not the name of a model of the Gemini API; `GET models` lists them",
            name.escape_debug()
        ))
        .of("model", "model_not_found"));
    }
    Ok(if id.is_some() { name.to_owned() } else { format!("models/{name}") })
}
