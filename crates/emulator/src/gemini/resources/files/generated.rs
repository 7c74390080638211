//! Generated files: the files that Google made for a project, under their other name.
//!
//! In: the methods of `generatedFiles`. Out: `GeneratedFile`, or its bytes with `alt=media`. Source: discovery document
//! (list, operations), and an older description (get). That the results of batches are among them is inferred.

use super::{File, Source, bytes_of};
use crate::api::error::ApiError;
use crate::api::{encoding, finished};
use crate::gemini::resources::collection::PageSizes;
use crate::message::{Reply, Request};
use crate::state::State;
use serde::Serialize;

const PAGES: PageSizes = PageSizes { default: 10, largest: 50 };

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    mime_type: String,
    state: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini::resources) struct List {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    generated_files: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl Shown {
    /// What is generated here is whole at once.
    fn of(file: &File) -> Self {
        let name = format!("generatedFiles/{}", file.id);
        Self { name, mime_type: file.mime_type.clone(), state: "GENERATED" }
    }
}

pub(in crate::gemini::resources) fn list(
    state: &mut State,
    request: &Request,
    project: &str,
) -> Result<List, ApiError> {
    state.resources.files.expire(state.clock.now());
    let is_listed = |file: &File| file.project == project && file.source == Source::Generated;
    let all = &state.resources.files.all;
    let (page, next_page_token) =
        all.page(request, "ListGeneratedFilesRequest", PAGES, is_listed)?;
    let generated_files = page.into_iter().map(|(_, file)| Shown::of(file)).collect();
    Ok(List { generated_files, next_page_token })
}

pub(in crate::gemini::resources) fn get(
    state: &State,
    request: &Request,
    project: &str,
    id: &str,
) -> Result<Reply, ApiError> {
    let found = state.resources.files.find(project, id, state.clock.now()).ok();
    let file = found.filter(|file| file.source == Source::Generated);
    let file =
        file.ok_or_else(|| ApiError::not_found(format!("generatedFiles/{id} is not found.")))?;
    match request.query.first("alt") {
        Some("media") => bytes_of(file),
        _ => Ok(finished(encoding::json(request, &Shown::of(file)))),
    }
}

/// Nothing is generated slowly here, so there is no operation.
pub(in crate::gemini::resources) fn operation(id: &str) -> Result<Reply, ApiError> {
    Err(ApiError::not_found(format!("Operation {id} is not found.")))
}
