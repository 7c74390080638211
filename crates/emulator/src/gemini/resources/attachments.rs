//! The files of a prompt or a cache, as far as they are text.
//!
//! In: contents. Out: the texts of files of the API, which have to be there and active, and of data that the contents
//! have in them. Only texts and PDF are looked into; other files count as tokens alone.

use super::stores::retrieval::Attachment;
use crate::api::error::ApiError;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::Value;

/// The tokens of the texts of files, which count by themselves in a cache.
pub(super) fn tokens_of_files(
    state: &State,
    project: &str,
    body: &Value,
) -> Result<usize, ApiError> {
    let attachments = attachments(state, project, body)?;
    Ok(attachments.iter().map(Attachment::tokens).sum())
}

/// The files of a prompt, as far as they are text; a file of the API has to be there and active.
pub(super) fn attachments(
    state: &State,
    project: &str,
    body: &Value,
) -> Result<Vec<Attachment>, ApiError> {
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
