//! An answer of a model, for any method that generates.
//!
//! In: a `GenerateContentRequest`, which batches, interactions and the API in OpenAI's form make of theirs. Out: the
//! messages of the answer, a script's or the emulator's own, and how long it waits.

use super::generate::{self, Asked, Chunk, Form};
use super::models;
use super::resources::brought::brought;
use crate::api::error::ApiError;
use crate::state::State;
use crate::{ScriptedAnswer, clock, script};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

/// An answer, and how long a script lets it wait.
pub(crate) struct Generated {
    pub(crate) chunks: Result<Vec<Chunk>, ApiError>,
    pub(crate) delay: Duration,
}

/// Answers a `GenerateContentRequest` whose names are in camelCase, for any method that generates; the caches, stores and
/// files that it names are those of this project.
pub(crate) fn generate_content(
    state: &mut State,
    project: &str,
    (model, method): (&str, &str),
    body: &Value,
    form: Form,
) -> Generated {
    let switches = state.config.switches.clone();
    let mut body = Cow::Borrowed(body);
    let brought = match brought(state, project, model, &mut body) {
        Ok(brought) => brought,
        Err(error) => return Generated { chunks: Err(error), delay: Duration::ZERO },
    };
    let asked = Asked::new(model, &body, &switches)
        .and_then(|asked| models::demand(state, model, "generateContent").map(|()| asked));
    let asked = match asked {
        Ok(asked) => asked.with(brought.as_ref()),
        Err(error) => return Generated { chunks: Err(error), delay: Duration::ZERO },
    };
    let (scripted, delay) = scripted_answer(state, (model, method), &body);
    Generated { chunks: generate::answer(&asked, scripted, form), delay }
}

/// What a test wrote for this request, and how long it waits; what was asked is recorded.
fn scripted_answer(
    state: &mut State,
    (model, method): (&str, &str),
    body: &Value,
) -> (Option<ScriptedAnswer>, Duration) {
    let mut asked = script::Asked::of(model, method, body);
    asked.time = clock::rfc3339(state.clock.now());
    // The rest of an answer is in the token.
    let found = if body["continuationToken"].is_string() {
        None
    } else {
        state.scripts.next(&asked).or_else(|| {
            let reply = state.config.replies.get_mut(model)?.pop_front()?;
            Some((reply.into(), 0))
        })
    };
    asked.scripted = found.is_some();
    state.scripts.note(asked);
    let (answer, delay) = found.unzip();
    (answer, Duration::from_millis(delay.unwrap_or_default()))
}
