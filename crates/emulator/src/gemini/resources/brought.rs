//! What the resources of a project bring to a request to generate.
//!
//! In: the request. Out: the contents of a cache, passages that the tool `fileSearch` or a file brings, or the
//! refusal of a resource that is not there. Only texts and PDF are looked into; other files count as tokens alone.
//! That the emulator quotes files of the prompt is its own habit: it shows that the file has arrived.

use super::caches::{self, Cache};
use super::stores::retrieval::{self, Attachment, Retrieved};
use crate::api::error::ApiError;
use crate::gemini::tokens::Tokens;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
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
    let cache = caches::unfold(state, project, model, body)?;
    let mut attachments = attachments(state, project, body)?;
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

/// The tokens of the texts of files, which count by themselves in a cache.
pub(super) fn tokens_of_files(
    state: &State,
    project: &str,
    body: &Value,
) -> Result<usize, ApiError> {
    let attachments = attachments(state, project, body)?;
    Ok(attachments.iter().map(Attachment::tokens).sum())
}

/// The texts that a cache keeps, as one document.
fn texts(cache: &Cache) -> Option<Attachment> {
    let contents = cache.kept["contents"].as_array().into_iter().flatten();
    let parts = contents.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    let texts: Vec<&str> = parts.filter_map(|part| part["text"].as_str()).collect();
    let title = cache.display_name.clone().unwrap_or_else(|| "the cached content".to_owned());
    Attachment::read(title, "text/plain", texts.join("\n\n").as_bytes())
}

/// The files of a prompt, as far as they are text; a file of the API has to be there and active.
fn attachments(state: &State, project: &str, body: &Value) -> Result<Vec<Attachment>, ApiError> {
    let contents = body["contents"].as_array().into_iter().flatten();
    let parts = contents.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    let mut attachments = Vec::new();
    for part in parts {
        attachments.extend(match (part["fileData"]["fileUri"].as_str(), part.get("inlineData")) {
            (Some(uri), _) => uploaded(state, project, uri)?,
            (None, Some(data)) => inline(data),
            _ => None,
        });
    }
    Ok(attachments)
}

fn uploaded(state: &State, project: &str, uri: &str) -> Result<Option<Attachment>, ApiError> {
    let own = [state.origin.as_str(), "https://generativelanguage.googleapis.com"];
    let is_own = own.iter().any(|origin| !origin.is_empty() && uri.starts_with(origin));
    let Some((_, id)) = uri.rsplit_once("/files/").filter(|_| is_own) else { return Ok(None) };
    let now = state.clock.now();
    let file = state.resources.files.find(project, id, now)?;
    file.demand_active(now)?;
    let title = file.display_name.clone().unwrap_or_else(|| file.name());
    Ok(file.bytes.as_deref().and_then(|bytes| Attachment::read(title, &file.mime_type, bytes)))
}

fn inline(data: &Value) -> Option<Attachment> {
    let text = data["data"].as_str()?;
    let bytes = BASE64_STANDARD.decode(text).or_else(|_| BASE64_URL_SAFE.decode(text)).ok()?;
    let mime_type = data["mimeType"].as_str()?;
    let title = data["displayName"].as_str().unwrap_or("the file");
    Attachment::read(title.to_owned(), mime_type, &bytes)
}
