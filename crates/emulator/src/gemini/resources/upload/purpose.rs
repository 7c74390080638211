//! What an upload is for: a file, or a document of a File Search store.
//!
//! In: what was announced, then what was uploaded. Out: the refusal, or the resource that it becomes.

use super::Uploaded;
use crate::api::body::Message;
use crate::api::encoding;
use crate::api::error::ApiError;
use crate::gemini::resources::files;
use crate::gemini::resources::routes::Call;
use crate::message::{Reply, Request};
use crate::state::State;
use serde_json::Value;

/// The type of a file when nothing names one.
pub(super) const UNKNOWN_TYPE: &str = "application/octet-stream";

/// The description that comes with an upload.
pub(super) fn description_of(_call: &Call<'_>) -> &'static Message {
    &files::schema::CREATE_FILE
}

/// Refuses a description that will not do, before the bytes come.
pub(super) fn check(
    state: &State,
    _store: Option<&str>,
    _project: &str,
    description: &Value,
) -> Result<(), ApiError> {
    files::check_description(state, &description["file"])
}

/// Refuses a length that is too much.
pub(super) fn check_size(
    state: &State,
    _store: Option<&str>,
    project: &str,
    length: u64,
) -> Result<(), ApiError> {
    state.resources.files.check_room(project, length)
}

pub(super) fn make(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    uploaded: Uploaded,
) -> Result<Reply, ApiError> {
    let created = files::create(state, &request.origin, call.version, uploaded)?;
    Ok(encoding::json(request, &created))
}
