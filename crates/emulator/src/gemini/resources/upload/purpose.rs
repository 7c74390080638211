//! What an upload is for: a file, or a document of a File Search store.
//!
//! In: what was announced, then what was uploaded. Out: the refusal, or the resource that it becomes.

use super::received::Uploaded;
use crate::api::body::Message;
use crate::api::encoding;
use crate::api::error::ApiError;
use crate::gemini::resources::routes::{Call, Target};
use crate::gemini::resources::{files, stores};
use crate::message::{Reply, Request};
use crate::state::State;
use serde_json::Value;

/// The type of a file when nothing names one.
pub(super) const UNKNOWN_TYPE: &str = "application/octet-stream";

/// The description that comes with an upload.
pub(super) fn description_of(call: &Call<'_>) -> &'static Message {
    match call.target {
        Target::Upload(Some(_)) => &stores::schema::UPLOAD,
        _ => &files::schema::CREATE_FILE,
    }
}

/// Refuses a description that will not do, before the bytes come.
pub(super) fn check(
    state: &State,
    store: Option<&str>,
    project: &str,
    description: &Value,
) -> Result<(), ApiError> {
    match store {
        Some(store) => stores::check_upload(state, project, store, description),
        None => files::check_description(state, &description["file"]),
    }
}

/// Refuses a length that is too much.
pub(super) fn check_size(
    state: &mut State,
    store: Option<&str>,
    project: &str,
    length: u64,
) -> Result<(), ApiError> {
    match store {
        Some(_) => stores::check_size(length),
        None => state.resources.files.check_room(project, length, state.clock.now()),
    }
}

pub(super) fn make(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    uploaded: Uploaded,
) -> Result<Reply, ApiError> {
    if let Some(store) = uploaded.store.clone() {
        let operation = stores::uploaded(state, call.version, &store, uploaded)?;
        return Ok(encoding::json(request, &operation));
    }
    let created = files::create(state, &request.origin, call.version, uploaded)?;
    Ok(encoding::json(request, &created))
}
