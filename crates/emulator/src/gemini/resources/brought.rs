//! What the resources of a project bring to a request to generate.
//!
//! In: the request. Out: the contents of a cache, passages that the tool `fileSearch`, a file or a document in the text
//! brings, or the refusal of a resource that is not there.
//! That the emulator quotes files of the prompt is its own habit: it shows that the file has arrived.

use super::attachments::attachments;
use super::caches::cache::Cache;
use super::caches::unfold;
use super::enclosed;
use super::stores::retrieval::{self, Attachment, Retrieved};
use crate::api::error::ApiError;
use crate::gemini::tokens::Tokens;
use crate::state::State;
use serde_json::Value;
use std::borrow::Cow;

/// What is brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) found: Option<Retrieved>,
    /// What of the prompt comes from a cache.
    pub(crate) cached: Tokens,
    /// Tokens of the prompt beside those of its contents: the text of a cache's files.
    pub(crate) more: usize,
}

/// What the resources that a request names bring; none if it names none. The contents of a cache are put before
/// those of the body.
pub(crate) fn brought(
    state: &State,
    project: &str,
    model: &str,
    body: &mut Cow<'_, Value>,
) -> Result<Option<Brought>, ApiError> {
    // Before the contents of the cache are among them: these are one document by themselves.
    let enclosed = enclosed::documents(body);
    let cache = unfold(state, project, model, body)?;
    let mut attachments = attachments(state, project, body)?;
    attachments.extend(enclosed);
    if let Some(cache) = &cache {
        attachments.extend(texts(cache));
    }
    let found = retrieval::retrieve(state, project, body, &attachments)?;
    if found.is_none() && cache.is_none() {
        return Ok(None);
    }
    let (cached, more) = cache.map(|cache| (cache.tokens, cache.of_files)).unwrap_or_default();
    Ok(Some(Brought { found, cached, more }))
}

/// The texts that a cache keeps, as one document.
fn texts(cache: &Cache) -> Option<Attachment> {
    let contents = cache.kept["contents"].as_array().into_iter().flatten();
    let parts = contents.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    let texts: Vec<&str> = parts.filter_map(|part| part["text"].as_str()).collect();
    let title = cache.display_name.clone().unwrap_or_else(|| "the cached content".to_owned());
    Attachment::read(title, "text/plain", texts.join("\n\n").as_bytes())
}
