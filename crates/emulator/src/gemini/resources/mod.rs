//! What the Gemini API keeps for a project: files, File Search stores, caches, and the uploads on their way there.
//!
//! In: a request to one of their methods. Out: its reply; none if it is no route of these. Who may call is `guard`'s
//! to say, as for all methods; a resource belongs to the project that paid for its making.

mod attachments;
pub(super) mod brought;
pub(crate) mod caches;
mod collection;
mod enclosed;
pub(crate) mod files;
pub(crate) mod kept;
mod routes;
mod saved;
pub(crate) mod stores;
pub(crate) mod upload;
pub(crate) mod work;

use self::routes::{Call, OfStore, Origin, Target};
pub(crate) use self::saved::Saved;
use crate::GeminiFault;
use crate::api::error::ApiError;
use crate::api::{body, encoding, finished, guard, no_route};
use crate::message::{Reply, Request};
use crate::state::State;
use serde::Serialize;
use serde_json::json;

/// The answer to a request, if it is for one of these methods.
pub(crate) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = routes::find(request)?;
    if !call.is_served(state) {
        return Some(no_route(request));
    }
    if matches!(call.target, Target::Upload(_)) && upload::protocol::has_begun(request) {
        return Some(upload::go_on(state, request, &call));
    }
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|project| perform(state, request, &call, &project));
    Some(match result {
        Ok(reply) => reply,
        Err(error) => call.refused(state, request, error),
    })
}

/// Whether a request calls one of these methods.
pub(super) fn is_called_by(request: &Request) -> bool {
    routes::find(request).is_some()
}

/// The answer to a request for one of these methods that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let call = routes::find(request)?;
    Some(call.refused(state, request, fault.error("")))
}

fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    project: &str,
) -> Result<Reply, ApiError> {
    let version = call.version;
    let read = |message: &body::Message| body::read(&request.body, message, version);
    let token_demanded = || match guard::access_token(request) {
        Some(_) => Ok(()),
        None => Err(ApiError::KeyUnsupported),
    };
    match call.target {
        Target::Upload(_) => upload::begin(state, request, call, project),
        Target::DescribeFile => {
            let body = read(&files::schema::CREATE_FILE)?;
            let created = files::describe(state, request, version, project, body)?;
            Ok(shown(request, &created))
        }
        Target::Files => Ok(shown(request, &files::list(state, request, version, project)?)),
        Target::File(id) => Ok(shown(request, &files::get(state, request, version, project, id)?)),
        Target::DeleteFile(id) => {
            files::delete(state, project, id)?;
            Ok(shown(request, &json!({})))
        }
        Target::DownloadFile(id) => files::download(state, project, id),
        Target::GeneratedFiles => {
            Ok(shown(request, &files::generated::list(state, request, project)?))
        }
        Target::GeneratedFile(id) => files::generated::get(state, request, project, id),
        Target::GenerationOf(id) => files::generated::operation(id),
        Target::RegisterFiles => {
            token_demanded()?;
            let body = read(&files::schema::REGISTER_FILES)?;
            Ok(shown(request, &files::register(state, request, version, project, &body)?))
        }
        Target::Store(id, verb) => of_store(state, request, call, project, (id, verb)),
        Target::CreateStore => {
            let body = read(&stores::schema::STORE)?;
            Ok(shown(request, &stores::create(state, project, &body)?))
        }
        Target::CreateCache => {
            let body = read(&caches::schema::CACHED_CONTENT)?;
            Ok(shown(request, &caches::create(state, project, &body)?))
        }
        Target::Caches => Ok(shown(request, &caches::list(state, request, project)?)),
        Target::Cache(id) => Ok(shown(request, &caches::get(state, project, id)?)),
        Target::UpdateCache(id) => {
            let body = read(&caches::schema::CACHED_CONTENT)?;
            Ok(shown(request, &caches::update(state, request, project, id, &body)?))
        }
        Target::DeleteCache(id) => {
            caches::delete(state, project, id)?;
            Ok(shown(request, &json!({})))
        }
        Target::Stores => Ok(shown(request, &stores::list(state, request, project)?)),
    }
}

/// The methods of one store.
fn of_store(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    project: &str,
    (id, verb): (&str, OfStore<'_>),
) -> Result<Reply, ApiError> {
    let version = call.version;
    match verb {
        OfStore::Get => Ok(shown(request, &stores::get(state, project, id)?)),
        OfStore::Delete => {
            stores::delete(state, request, project, id)?;
            Ok(shown(request, &json!({})))
        }
        OfStore::Import => {
            let body = body::read(&request.body, &stores::schema::IMPORT, version)?;
            Ok(shown(request, &stores::import(state, version, project, id, &body)?))
        }
        OfStore::Documents => Ok(shown(request, &stores::documents(state, request, project, id)?)),
        OfStore::Document(document) => {
            Ok(shown(request, &stores::document(state, project, (id, document))?))
        }
        OfStore::DeleteDocument(document) => {
            stores::delete_document(state, request, project, (id, document))?;
            Ok(shown(request, &json!({})))
        }
        OfStore::Media(media) => stores::media(state, project, (id, media)),
        OfStore::Operation(operation, origin) => {
            let is_upload = origin == Origin::Upload;
            let operation = stores::operation(state, version, project, (id, operation), is_upload)?;
            Ok(shown(request, &operation))
        }
    }
}

fn shown(request: &Request, body: &impl Serialize) -> Reply {
    finished(encoding::json(request, body))
}
