//! Batches: many requests at once, answered in Google's own time.
//!
//! In: `batchGenerateContent`, `asyncBatchEmbedContent` and the methods of `batches`. Out: an `Operation` whose metadata is
//! the batch. Requests come inline or in a file of one JSON object a line; they are answered when the batch is made and
//! shown when its work is done, by the clock or by asking. Source: google-genai 3.6.1; `key` in lines and result files,
//! and the full names of types, are remembered.

pub(crate) mod batch;
mod input;

use self::batch::{Batch, Kind};
use super::call::{Call, Found};
use super::resources::work::{Progress, Work};
use super::{models, versions};
use crate::api::error::ApiError;
use crate::api::{body, encoding, finished, guard};
use crate::message::{Reply, Request};
use crate::state::State;
use crate::{GeminiFault, random};
use serde_json::{Value, json};

/// The page that a list has unless it asks for another, and the largest: remembered.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 1000;

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Create(&'a str, Kind),
    List,
    Get(&'a str),
    Delete(&'a str),
    Cancel(&'a str),
    Update(&'a str),
}

fn find(request: &Request) -> Option<Call<'_, Target<'_>>> {
    let (version, rest) = versions::split(&request.path)?;
    let (path, verb) = rest.rsplit_once(':').unwrap_or((rest, ""));
    let (kind, id) = path.split_once('/').unwrap_or((path, ""));
    if id.contains('/') {
        return None;
    }
    let found: Found<Target<'_>> = match (request.method.as_str(), kind, id.is_empty(), verb) {
        ("POST", "models", false, "batchGenerateContent") => {
            ("BatchService.BatchGenerateContent", &[], Target::Create(id, Kind::Generate))
        }
        ("POST", "models", false, "asyncBatchEmbedContent") => {
            ("BatchService.AsyncBatchEmbedContent", &[], Target::Create(id, Kind::Embed))
        }
        ("GET", "batches", true, "") => {
            let parameters = &["pageSize", "page_size", "pageToken", "page_token", "filter"];
            ("BatchService.ListBatches", parameters, Target::List)
        }
        ("GET", "batches", false, "") => ("BatchService.GetBatch", &["name"], Target::Get(id)),
        ("DELETE", "batches", false, "") => {
            ("BatchService.DeleteBatch", &["name"], Target::Delete(id))
        }
        ("POST", "batches", false, "cancel") => {
            ("BatchService.CancelBatch", &[], Target::Cancel(id))
        }
        ("PATCH", "batches", false, "updateGenerateContentBatch" | "updateEmbedContentBatch") => {
            ("BatchService.UpdateBatch", &["updateMask", "update_mask"], Target::Update(id))
        }
        _ => return None,
    };
    Some(Call::new(version, found))
}

/// Whether a request is for one of these methods.
pub(super) fn is_called_by(request: &Request) -> bool {
    find(request).is_some()
}

/// The answer to a request, if it is for one of these methods.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = find(request).filter(|call| call.is_served(state))?;
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|project| perform(state, request, &call, &project));
    Some(match result {
        Ok(json) => finished(encoding::json(request, &json)),
        Err(error) => call.refused(state, request, error),
    })
}

/// The answer to a request for one of these methods that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let call = find(request)?;
    let model = match call.target {
        Target::Create(model, _) => model,
        _ => "",
    };
    Some(call.refused(state, request, fault.error(model)))
}

fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
    project: &str,
) -> Result<Value, ApiError> {
    let now = state.clock.now();
    match call.target {
        Target::Create(model, kind) => create(state, request, call.version, (project, model), kind),
        Target::List => list(state, request, project),
        Target::Get(id) => {
            let batch = find_batch(state, project, id)?;
            batch.work.poll(now);
            let batch = with_file(state, project, id)?;
            Ok(batch.operation(now))
        }
        Target::Delete(id) => {
            find_batch(state, project, id)?.is_deleted = true;
            Ok(json!({}))
        }
        Target::Cancel(id) => {
            let batch = find_batch(state, project, id)?;
            if batch.progress(now) == Progress::Pending {
                batch.cancelled.get_or_insert(now);
            }
            Ok(json!({}))
        }
        Target::Update(id) => {
            let sent = body::read(&request.body, &input::UPDATE, call.version)?;
            let batch = find_batch(state, project, id)?;
            if let Some(name) = sent["displayName"].as_str() {
                name.clone_into(&mut batch.display_name);
            }
            if !sent["priority"].is_null() {
                batch.priority = sent["priority"].clone();
            }
            Ok(batch.metadata(now))
        }
    }
}

// Own words: no capture of this error is known.
fn find_batch<'a>(
    state: &'a mut State,
    project: &str,
    id: &str,
) -> Result<&'a mut Batch, ApiError> {
    let batch = state.batches.0.get_mut(id);
    batch
        .filter(|batch| batch.project == project && !batch.is_deleted)
        .ok_or_else(|| ApiError::not_found(format!("Batch batches/{id} is not found.")))
}

fn create(
    state: &mut State,
    request: &Request,
    version: &str,
    (project, model): (&str, &str),
    kind: Kind,
) -> Result<Value, ApiError> {
    let (message, method) = match kind {
        Kind::Generate => (&input::GENERATE, "batchGenerateContent"),
        Kind::Embed => (&input::EMBED, "asyncBatchEmbedContent"),
    };
    let sent = body::read(&request.body, message, version)?;
    models::demand(state, model, method)?;
    let batch = &sent["batch"];
    let file = batch["inputConfig"]["fileName"].as_str();
    let requests = match file {
        Some(name) => input::of_file(state, project, name)?,
        None => input::inline(batch)?,
    };
    let results: Vec<Value> = requests
        .into_iter()
        .map(|(extra, sent)| {
            input::answered(state, project, (kind, model), version, (extra, &sent))
        })
        .collect();
    let (now, rule) = (state.clock.now(), &state.config.processing);
    let display_name = batch["displayName"].as_str().unwrap_or_default();
    let fails = rule.fails(Some(display_name), "");
    let made = Batch {
        project: project.to_owned(),
        id: random::resource_id(),
        kind,
        model: model.to_owned(),
        display_name: display_name.to_owned(),
        priority: batch["priority"].clone(),
        created: now,
        work: Work::start(rule, now, fails),
        cancelled: None,
        is_deleted: false,
        file: file.map(str::to_owned),
        results,
        responses_file: None,
    };
    let operation = made.pending(now);
    state.batches.add(made);
    Ok(operation)
}

/// The batch, with the file of its results if it is done and came in one.
fn with_file<'a>(state: &'a mut State, project: &str, id: &str) -> Result<&'a mut Batch, ApiError> {
    let now = state.clock.now();
    let batch = find_batch(state, project, id)?;
    let wants_file = batch.file.is_some()
        && batch.responses_file.is_none()
        && batch.cancelled.is_none()
        && batch.progress(now) == Progress::Done;
    if wants_file {
        let lines: String = batch.results.iter().map(|result| format!("{result}\n")).collect();
        let name = format!("batch-{id}.jsonl");
        let kind = "application/jsonl";
        let file = super::resources::files::generate(state, project, &name, kind, lines.into());
        find_batch(state, project, id)?.responses_file = Some(file);
    }
    find_batch(state, project, id)
}

/// A page of the project's batches, the newest first.
fn list(state: &mut State, request: &Request, project: &str) -> Result<Value, ApiError> {
    let query = |camel, snake| request.query.first(camel).or(request.query.first(snake));
    let size = query("pageSize", "page_size").map_or(Ok(0), str::parse::<usize>);
    let start = query("pageToken", "page_token").map_or(Ok(0), str::parse::<usize>);
    let (Ok(size), Ok(start)) = (size, start) else {
        return Err(ApiError::InvalidArgument(
            "* ListBatchesRequest: `page_size` or `page_token` is not valid".into(),
        ));
    };
    let size = if size == 0 { PAGE } else { size.min(LARGEST_PAGE) };
    let now = state.clock.now();
    let mut all: Vec<Batch> =
        state.batches.0.entries().into_iter().map(|(_, batch)| batch).collect();
    all.retain(|batch| batch.project == project && !batch.is_deleted);
    all.reverse();
    let page = all.iter().skip(start).take(size).map(|batch| batch.operation(now));
    let mut json = json!({"operations": page.collect::<Vec<_>>()});
    if start + size < all.len() {
        json["nextPageToken"] = (start + size).to_string().into();
    }
    Ok(json)
}
