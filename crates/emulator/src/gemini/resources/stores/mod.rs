//! File Search stores: a project's own documents, which a model searches.
//!
//! In: the methods of `fileSearchStores`, their documents and operations. Out: stores whose documents are cut into pieces
//! (`chunks`) when their work is done. `search` finds pieces by their words, `filter` by metadata; `retrieval` is the tool
//! of a request to generate. Source: discovery document, google-genai 3.6.1; the words of refusals are our own.

mod chunks;
mod content;
mod document;
mod docx;
mod filter;
mod pdf;
mod picture;
pub(crate) mod retrieval;
pub(crate) mod schema;
mod search;
pub(super) mod store;
mod text;
mod zip;

use self::chunks::Sizes;
use self::content::Content;
use self::document::Document;
pub(super) use self::document::Operation;
use self::store::{LARGEST_DOCUMENT, MAX_DOCUMENTS, Store};
use super::collection::{Collection, OF_LISTS, PageSizes};
use super::upload::received::Uploaded;
use super::work::Work;
use crate::api::error::ApiError;
use crate::message::{Reply, Request};
use crate::random;
use crate::state::State;
use bytes::Bytes;
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::Value;

const PAGES: PageSizes = PageSizes { default: 10, largest: 20 };
const LONGEST_DISPLAY_NAME: usize = 512;
/// The text and pictures of all documents together; beyond it documents fail.
const MOST_KEPT: usize = 64 * 1024 * 1024;

pub(super) const LIST_PARAMETERS: &[&str] = OF_LISTS;

/// One resource or a page of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_search_stores: Vec<store::Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<document::Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) fn create(
    state: &mut State,
    project: &str,
    body: &Value,
) -> Result<store::Shown, ApiError> {
    let display_name = display_name(body)?;
    let (id, now) = (new_id(display_name), state.clock.now());
    let store = Store {
        project: project.to_owned(),
        display_name: display_name.map(str::to_owned),
        embedding_model: body["embeddingModel"].as_str().map(str::to_owned),
        created: now,
        updated: now,
        documents: Collection::new(MAX_DOCUMENTS),
    };
    let shown = store.shown(&id, now);
    state.resources.stores.0.insert(id, store);
    Ok(shown)
}

pub(super) fn list(state: &State, request: &Request, project: &str) -> Result<List, ApiError> {
    let now = state.clock.now();
    let is_listed = |store: &Store| store.project == project;
    let all = &state.resources.stores.0;
    let (page, next_page_token) =
        all.page(request, "ListFileSearchStoresRequest", PAGES, is_listed)?;
    let file_search_stores = page.into_iter().map(|(id, store)| store.shown(id, now)).collect();
    Ok(List { file_search_stores, documents: Vec::new(), next_page_token })
}

pub(super) fn get(state: &State, project: &str, id: &str) -> Result<store::Shown, ApiError> {
    Ok(state.resources.stores.find(project, id)?.shown(id, state.clock.now()))
}

pub(super) fn delete(
    state: &mut State,
    request: &Request,
    project: &str,
    id: &str,
) -> Result<(), ApiError> {
    let store = state.resources.stores.find(project, id)?;
    if !is_forced(request) && store.documents.iter().next().is_some() {
        return Err(ApiError::failed_precondition(format!(
            "FileSearchStore {id} has documents. Delete them first, or use force=true."
        )));
    }
    state.resources.stores.0.remove(id);
    Ok(())
}

/// google-genai for Python writes `True`.
fn is_forced(request: &Request) -> bool {
    request.query.first("force").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Refuses what an upload into a store announces, before its bytes come.
pub(super) fn check_upload(
    state: &State,
    project: &str,
    id: &str,
    description: &Value,
) -> Result<(), ApiError> {
    state.resources.stores.find(project, id)?;
    display_name(description)?;
    document::metadata(description)?;
    Sizes::of(&description["chunkingConfig"]).map(|_| ())
}

pub(super) fn check_size(length: u64) -> Result<(), ApiError> {
    if length > LARGEST_DOCUMENT {
        return Err(ApiError::InvalidArgument(format!(
            "the document has {length} bytes; {LARGEST_DOCUMENT} are the most"
        )));
    }
    Ok(())
}

/// Adds a document that was uploaded into a store.
pub(super) fn uploaded(
    state: &mut State,
    version: &str,
    id: &str,
    uploaded: Uploaded,
) -> Result<Operation, ApiError> {
    let size = uploaded.content.length();
    let given = Given {
        description: &uploaded.description,
        display_name: display_name(&uploaded.description)?,
        mime_type: &uploaded.mime_type,
        size,
        bytes: uploaded.content.into_bytes(),
        is_uploaded: true,
    };
    add(state, version, (&uploaded.project, id), &given)
}

/// Adds a file of the project to a store.
pub(super) fn import(
    state: &mut State,
    version: &str,
    project: &str,
    id: &str,
    body: &Value,
) -> Result<Operation, ApiError> {
    let name = body["fileName"].as_str().unwrap_or_default();
    let file = name.strip_prefix("files/").filter(|id| !id.is_empty()).ok_or_else(|| {
        ApiError::InvalidArgument(format!(
            "* ImportFileRequest.file_name: `{name}` is not `files/ID`"
        ))
    })?;
    state.resources.stores.find(project, id)?;
    let now = state.clock.now();
    let file = state.resources.files.find(project, file, now)?;
    file.demand_active(now)?;
    let (display_name, mime_type) = (file.display_name.clone(), file.mime_type.clone());
    let (size, bytes) = (file.size, file.bytes.clone());
    let given = Given {
        description: body,
        display_name: display_name.as_deref(),
        mime_type: &mime_type,
        size,
        bytes,
        is_uploaded: false,
    };
    add(state, version, (project, id), &given)
}

/// What a document is made of.
struct Given<'a> {
    description: &'a Value,
    display_name: Option<&'a str>,
    mime_type: &'a str,
    size: u64,
    bytes: Option<Bytes>,
    is_uploaded: bool,
}

fn add(
    state: &mut State,
    version: &str,
    (project, id): (&str, &str),
    given: &Given<'_>,
) -> Result<Operation, ApiError> {
    let sizes = Sizes::of(&given.description["chunkingConfig"])?;
    let metadata = document::metadata(given.description)?;
    let room = MOST_KEPT.saturating_sub(state.resources.stores.length());
    let model = state.resources.stores.find(project, id)?.embedding_model.as_deref();
    let read = Content::read(given, &metadata, model, sizes).and_then(|content| {
        match content.length() <= room {
            true => Ok(content),
            false => Err("The emulator keeps 64 MiB of documents, which are full.".to_owned()),
        }
    });
    let (rule, now) = (&state.config.processing, state.clock.now());
    let (Content { chunks, picture }, fault) = match read {
        Ok(content) => (content, None),
        Err(why) => (Content::default(), Some(why)),
    };
    let fails = fault.is_some() || rule.fails(given.display_name, given.mime_type);
    let document = Document {
        id: new_id(given.display_name),
        display_name: given.display_name.map(str::to_owned),
        metadata,
        mime_type: given.mime_type.to_owned(),
        size: given.size,
        created: now,
        work: Work::start(rule, now, fails),
        fault,
        is_uploaded: given.is_uploaded,
        chunks,
        picture,
    };
    let operation = document.operation(id, version, document.work.progress(now));
    let store = state.resources.stores.find_mut(project, id)?;
    store.updated = now;
    store.documents.insert(document.id.clone(), document);
    Ok(operation)
}

/// How far the indexing of a document is; that it was asked for counts.
pub(super) fn operation(
    state: &mut State,
    version: &str,
    project: &str,
    (id, operation): (&str, &str),
    is_upload: bool,
) -> Result<Operation, ApiError> {
    let now = state.clock.now();
    let documents = &mut state.resources.stores.find_mut(project, id)?.documents;
    let found = documents.get_mut(operation).filter(|document| document.is_uploaded == is_upload);
    let document =
        found.ok_or_else(|| ApiError::not_found(format!("Operation {operation} is not found.")))?;
    let progress = document.work.poll(now);
    Ok(document.operation(id, version, progress))
}

pub(super) fn documents(
    state: &State,
    request: &Request,
    project: &str,
    id: &str,
) -> Result<List, ApiError> {
    let now = state.clock.now();
    let all = &state.resources.stores.find(project, id)?.documents;
    let (page, next_page_token) = all.page(request, "ListDocumentsRequest", PAGES, |_| true)?;
    let documents = page.into_iter().map(|(_, document)| document.shown(id, now)).collect();
    Ok(List { file_search_stores: Vec::new(), documents, next_page_token })
}

/// One document; that it was asked for counts as a question after its indexing.
pub(super) fn document(
    state: &mut State,
    project: &str,
    (id, document): (&str, &str),
) -> Result<document::Shown, ApiError> {
    let now = state.clock.now();
    let documents = &mut state.resources.stores.find_mut(project, id)?.documents;
    let found = documents.get_mut(document).ok_or_else(|| missing_document(document))?;
    let shown = found.shown(id, now);
    found.work.poll(now);
    Ok(shown)
}

pub(super) fn delete_document(
    state: &mut State,
    request: &Request,
    project: &str,
    (id, document): (&str, &str),
) -> Result<(), ApiError> {
    let needs_force = state.config.switches.document_delete_needs_force;
    let now = state.clock.now();
    let store = state.resources.stores.find_mut(project, id)?;
    let found = store.documents.get(document).ok_or_else(|| missing_document(document))?;
    if needs_force && !is_forced(request) && !found.chunks.is_empty() {
        return Err(ApiError::failed_precondition(format!(
            "Document {document} has chunks. Use force=true to delete them with it."
        )));
    }
    store.documents.remove(document);
    store.updated = now;
    Ok(())
}

/// The picture that a passage was cited from; its name has the id of its document.
pub(super) fn media(
    state: &State,
    project: &str,
    (id, media): (&str, &str),
) -> Result<Reply, ApiError> {
    let store = state.resources.stores.find(project, id)?;
    let document = store.documents.get(media).filter(|document| document.media(id).is_some());
    let missing = || ApiError::not_found(format!("Media {media} is not found."));
    let document = document.ok_or_else(missing)?;
    let bytes = document.picture.bytes().ok_or_else(|| {
        ApiError::failed_precondition("The emulator no longer has the bytes of this picture.")
    })?;
    let reply = Reply::new(StatusCode::OK, "application/octet-stream", bytes.clone());
    Ok(reply.with(header::CONTENT_TYPE, &document.mime_type))
}

fn display_name(description: &Value) -> Result<Option<&str>, ApiError> {
    let name = description["displayName"].as_str().filter(|name| !name.is_empty());
    match name {
        Some(name) if name.chars().count() > LONGEST_DISPLAY_NAME => {
            Err(ApiError::InvalidArgument(format!(
                "* display_name: {LONGEST_DISPLAY_NAME} characters are the most"
            )))
        }
        name => Ok(name),
    }
}

/// What of a display name may be in an id: at most 26 letters, digits and dashes.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().filter(|letter| letter.is_ascii()).take(26) {
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => slug.push(letter),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The display name in letters of ids, and twelve at random.
fn new_id(display_name: Option<&str>) -> String {
    let random = random::resource_id();
    match slug(display_name.unwrap_or_default()) {
        slug if slug.is_empty() => random,
        slug => format!("{slug}-{random}"),
    }
}

fn missing_document(id: &str) -> ApiError {
    ApiError::not_found(format!("Document {id} is not found."))
}
