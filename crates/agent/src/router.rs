//! Which part of the agent answers a path.
//!
//! In: the head of a request. Out: one `Route`. A path that is in none of the lists goes nowhere.
//! Not here: whether the caller may (`guard`, `caller`).

use crate::proxy::path;
use crate::refusal::Why;
use http::request::Parts;
use http::{HeaderMap, header};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// The agent's page.
    Page,
    /// Counters for a scraper.
    Metrics,
    /// The token endpoint of the ticket file.
    Token,
    /// OpenAI's dialect, with the path below `/openai` or `/openai/v1`, such as `/chat/completions`.
    OpenAi(&'a str),
    /// The Gemini API, with the path as Google's server is asked for it.
    Gemini(&'a str),
    /// Nobody.
    None(Why),
}

/// What OpenAI's clients ask for below their base address.
const OPENAI: [&str; 3] = ["/chat/completions", "/embeddings", "/models"];

pub(crate) fn route(head: &Parts) -> Route<'_> {
    let path = head.uri.path();
    if path == "/" {
        return Route::Page;
    }
    if path == "/metrics" {
        return Route::Metrics;
    }
    if path == "/token" {
        return Route::Token;
    }
    let upgrade = head.headers.get(header::UPGRADE);
    if upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        || path.starts_with("/ws/")
    {
        return Route::None(Why::WebSocket);
    }
    if let Some(rest) = openai(path, &head.headers) {
        return Route::OpenAi(rest);
    }
    match path::fold(path) {
        Ok(path) => Route::Gemini(path),
        Err(why) => Route::None(why),
    }
}

/// Returns the path below the base address of an OpenAI client.
///
/// `/v1/models` is a path of both APIs: Google's clients carry a key, OpenAI's a bearer.
fn openai<'a>(path: &'a str, headers: &HeaderMap) -> Option<&'a str> {
    let known = |rest: &str| {
        OPENAI.iter().any(|known| {
            rest.strip_prefix(known).is_some_and(|end| end.is_empty() || end.starts_with('/'))
        })
    };
    for base in ["/openai/v1", "/v1beta/openai", "/v1/openai", "/openai"] {
        if let Some(rest) = path.strip_prefix(base).filter(|rest| rest.starts_with('/')) {
            return Some(rest);
        }
    }
    let rest = path.strip_prefix("/v1").filter(|rest| known(rest))?;
    let bearer = headers.contains_key(header::AUTHORIZATION);
    (bearer || !rest.starts_with("/models")).then_some(rest)
}
