//! What the resources of a project bring to a request to generate.
//!
//! In: the request. Out: passages of documents that the tool `fileSearch` or a file of the prompt brings, or the
//! refusal of a resource that is not there. Only texts and PDF are looked into; other files count as tokens alone.
//! That the emulator quotes files of the prompt is its own habit: it shows that the file has arrived.

use super::stores::retrieval::{self, Attachment, Retrieved};
use crate::api::error::ApiError;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::Value;

/// What is brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) found: Option<Retrieved>,
}

/// What the resources that a request names bring; none if it names none.
pub(crate) fn brought(
    state: &State,
    project: &str,
    body: &Value,
) -> Result<Option<Brought>, ApiError> {
    let attachments = attachments(state, project, body)?;
    let found = retrieval::retrieve(state, project, body, &attachments)?;
    Ok(found.map(|found| Brought { found: Some(found) }))
}

/// The files of the last content, as far as they are text; a file of the API has to be there and active.
fn attachments(state: &State, project: &str, body: &Value) -> Result<Vec<Attachment>, ApiError> {
    let contents = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut attachments = Vec::new();
    for (at, content) in contents.iter().enumerate() {
        let is_last = at + 1 == contents.len();
        for part in content["parts"].as_array().into_iter().flatten() {
            let attachment = match (part["fileData"]["fileUri"].as_str(), part.get("inlineData")) {
                (Some(uri), _) => uploaded(state, project, uri)?,
                (None, Some(data)) if is_last => inline(data),
                _ => None,
            };
            attachments.extend(attachment.filter(|_| is_last));
        }
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
