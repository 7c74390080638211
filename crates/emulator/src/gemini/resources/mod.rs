//! What the Gemini API keeps for a project: files, and the uploads on their way there.
//!
//! In: a request to one of their methods. Out: its reply; none if it is no route of these. Who may call is `guard`'s
//! to say, as for all methods; a resource belongs to the project that paid for its making.

mod collection;
pub(crate) mod files;
mod routes;
pub(crate) mod upload;
mod work;

use self::files::Files;
use self::routes::{Call, Target};
use self::upload::Uploads;
use crate::GeminiFault;
use crate::api::error::ApiError;
use crate::api::{body, encoding, finished, guard};
use crate::message::{Reply, Request};
use crate::state::State;
use serde::Serialize;
use serde_json::json;

/// All of them, with what is being uploaded.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    pub(crate) files: Files,
    pub(crate) uploads: Uploads,
}

/// The answer to a request, if it is for one of these methods.
pub(crate) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = routes::find(request)?;
    if matches!(call.target, Target::Upload(_)) && upload::has_begun(request) {
        return Some(upload::go_on(state, request, &call));
    }
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|project| perform(state, request, &call, &project));
    Some(match result {
        Ok(reply) => reply,
        Err(error) => refused(state, request, &call, error),
    })
}

/// The answer to a request for one of these methods that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let call = routes::find(request)?;
    Some(refused(state, request, &call, fault.error("")))
}

fn refused(state: &State, request: &Request, call: &Call<'_>, error: ApiError) -> Reply {
    finished(encoding::compacted(request, error.into_reply(state, &call.site())))
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
        Target::RegisterFiles => {
            token_demanded()?;
            let body = read(&files::schema::REGISTER_FILES)?;
            Ok(shown(request, &files::register(state, request, version, project, &body)?))
        }
    }
}

fn shown(request: &Request, body: &impl Serialize) -> Reply {
    finished(encoding::json(request, body))
}
