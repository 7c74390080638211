//! Uploads: the two resumable protocols, and bodies that hold the whole file at once.
//!
//! In: requests to `/upload/VERSION/…`; their bodies are counted as they come (`received`), so memory does not grow
//! with them. Out: the reply of the last request is the file's, or the operation that indexes a document.
//! Sources: google-genai 3.6.1 (headers of the newer protocol); the words of refusals are our own.

mod multipart;
pub(super) mod protocol;
mod purpose;
pub(crate) mod received;
pub(super) mod session;

pub(crate) use self::protocol::is_streamed;
use self::protocol::{Start, Step};
use self::session::{Session, Status};
use super::Target;
use super::routes::Call;
use crate::api::body;
use crate::api::error::ApiError;
use crate::api::finished;
use crate::message::{Reply, Request};
use crate::random;
use crate::state::State;
use http::{HeaderName, StatusCode, header};
use received::{Content, Received, Uploaded};
use serde_json::Value;

/// The longest body that is read whole: a multipart upload.
pub(crate) const MOST_AT_ONCE: usize = received::MOST_KEPT;

const STATUS: HeaderName = HeaderName::from_static("x-goog-upload-status");
const SIZE: HeaderName = HeaderName::from_static("x-goog-upload-size-received");
const URL: HeaderName = HeaderName::from_static("x-goog-upload-url");
const CONTROL_URL: HeaderName = HeaderName::from_static("x-goog-upload-control-url");
const GRANULARITY: HeaderName = HeaderName::from_static("x-goog-upload-chunk-granularity");
const UPLOADER: HeaderName = HeaderName::from_static("x-guploader-uploadid");

/// Begins an upload, or does all of it.
pub(super) fn begin(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    project: &str,
) -> Result<Reply, ApiError> {
    let Target::Upload(store) = call.target else { return Err(unknown_protocol()) };
    match protocol::start(request).ok_or_else(unknown_protocol)? {
        Start::Resumable if request.header("x-goog-upload-command") != Some("start") => {
            Err(ApiError::InvalidArgument(
                "the first request of a resumable upload has `X-Goog-Upload-Command: start`".into(),
            ))
        }
        start @ (Start::Resumable | Start::OlderResumable) => {
            open(state, request, call, (project, store), start)
        }
        Start::Raw => {
            let content = whole(request.received.as_ref());
            let mime_type = request.header("content-type").unwrap_or(purpose::UNKNOWN_TYPE);
            let uploaded = uploaded(project, store, Value::Null, mime_type, content);
            purpose::check_size(state, store, project, uploaded.content.length())?;
            made(state, request, call, uploaded)
        }
        Start::Multipart => {
            let kind = request.header("content-type").unwrap_or_default();
            let parts = multipart::read(kind, &request.body).ok_or_else(|| {
                ApiError::InvalidArgument(
                    "the body is not a description in JSON and a file, as multipart/related".into(),
                )
            })?;
            let description = described(parts.description, call)?;
            let mime_type = typed(&description, parts.mime_type);
            let content = Content::of(parts.file);
            purpose::check_size(state, store, project, content.length())?;
            let uploaded = uploaded(project, store, description, &mime_type, content);
            made(state, request, call, uploaded)
        }
    }
}

fn open(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    (project, store): (&str, Option<&str>),
    start: Start,
) -> Result<Reply, ApiError> {
    let (announced, mime_type) = protocol::announced(request)?;
    let description = described(&request.body, call)?;
    purpose::check(state, store, project, &description)?;
    purpose::check_size(state, store, project, announced.unwrap_or_default())?;
    let id = random::upload_id();
    let url = format!("{}{}?upload_id={id}", request.origin, request.path);
    let mut content = Content::new();
    if announced.is_some_and(|length| length > received::MOST_KEPT as u64) {
        content.forget();
    }
    let session = Session {
        project: project.to_owned(),
        mime_type: typed(&description, mime_type),
        description,
        store: store.map(str::to_owned),
        announced,
        content,
        status: Status::Active,
        begun: state.clock.now(),
    };
    state.resources.uploads.add(id.clone(), session);
    if start == Start::OlderResumable {
        let url = format!("{url}&uploadType=resumable");
        return Ok(plain(StatusCode::OK).with(header::LOCATION, &url).with(UPLOADER, &id));
    }
    let url = format!("{url}&upload_protocol=resumable");
    let granularity = state.config.switches.upload_chunk_granularity;
    Ok(plain(StatusCode::OK)
        .with(STATUS, "active")
        .with(URL, &url)
        .with(CONTROL_URL, &url)
        .with(GRANULARITY, &granularity.max(1).to_string())
        .with(UPLOADER, &id))
}

/// Goes on with an upload that has begun.
pub(super) fn go_on(state: &mut State, request: &Request, call: &Call<'_>) -> Reply {
    let now = state.clock.now();
    let id = protocol::session(request).unwrap_or_default();
    let result = take_step(state, request, call, id);
    let reply = match result {
        Ok(reply) => reply,
        Err(error) => call.refused(state, request, error),
    };
    let Some(session) = state.resources.uploads.get_mut(id, now) else { return reply };
    let reply = reply.with(STATUS, session.status.word()).with(UPLOADER, id);
    if session.status == Status::Active {
        let length = session.content.length();
        let reply = reply.with(SIZE, &length.to_string());
        // The older protocol says it as a range, and leaves it out where nothing has come.
        match length.checked_sub(1) {
            Some(last) => reply.with(header::RANGE, &format!("bytes=0-{last}")),
            None => reply,
        }
    } else {
        reply
    }
}

fn take_step(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    id: &str,
) -> Result<Reply, ApiError> {
    let now = state.clock.now();
    let granularity = u64::from(state.config.switches.upload_chunk_granularity);
    let gone = || ApiError::not_found("there is no upload of this address; begin a new one");
    let session = state.resources.uploads.get_mut(id, now).ok_or_else(gone)?;
    let more = match request.method {
        http::Method::PUT => StatusCode::PERMANENT_REDIRECT,
        _ => StatusCode::OK,
    };
    let step = protocol::step(request)?;
    match (&session.status, step) {
        (Status::Active, Step::Query) => Ok(plain(more)),
        (Status::Final(reply), Step::Query) => {
            let kind = "application/json; charset=UTF-8";
            Ok(Reply::new(StatusCode::OK, kind, reply.clone()))
        }
        (Status::Cancelled, Step::Query | Step::Cancel) => Ok(plain(StatusCode::OK)),
        (Status::Active, Step::Cancel) => {
            session.status = Status::Cancelled;
            session.content.forget();
            Ok(plain(StatusCode::OK))
        }
        (Status::Active, Step::Piece { offset, is_last }) => {
            let received = request.received.as_ref().ok_or_else(gone)?;
            session.check(offset, is_last, received, granularity)?;
            session.content.take(received);
            state.resources.uploads.forget_if_too_many(id);
            if is_last { close(state, request, call, id) } else { Ok(plain(more)) }
        }
        (Status::Active, Step::Finalize) => {
            session.check_whole(session.content.length())?;
            close(state, request, call, id)
        }
        (status, _) => {
            let word = status.word();
            Err(ApiError::InvalidArgument(format!("the upload has ended; it is {word}")))
        }
    }
}

impl Session {
    /// Whether a piece fits: its place, its length, and the whole if it is the last.
    fn check(
        &self,
        offset: u64,
        is_last: bool,
        received: &Received,
        granularity: u64,
    ) -> Result<(), ApiError> {
        let refused = |words: String| Err(ApiError::InvalidArgument(words));
        let here = self.content.length();
        if offset != here || received.offset() != here {
            return refused(format!("the piece begins at byte {offset}; byte {here} is next"));
        }
        if self.announced.is_some_and(|all| received.end() > all) {
            return refused(format!("{} bytes are more than were announced", received.end()));
        }
        if is_last {
            return self.check_whole(received.end());
        }
        match received.length().checked_rem(granularity) {
            None | Some(0) => Ok(()),
            Some(_) => refused(format!(
                "{} bytes are no multiple of {granularity}, which all pieces but the last are",
                received.length()
            )),
        }
    }

    fn check_whole(&self, length: u64) -> Result<(), ApiError> {
        match self.announced {
            Some(all) if all != length => Err(ApiError::InvalidArgument(format!(
                "the upload has {length} bytes; {all} were announced"
            ))),
            _ => Ok(()),
        }
    }
}

/// Makes what a whole upload is for, and remembers the reply.
fn close(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    id: &str,
) -> Result<Reply, ApiError> {
    let now = state.clock.now();
    let gone = || ApiError::not_found("there is no upload of this address; begin a new one");
    let session = state.resources.uploads.get_mut(id, now).ok_or_else(gone)?;
    let uploaded = Uploaded {
        project: session.project.clone(),
        description: session.description.clone(),
        store: session.store.clone(),
        mime_type: session.mime_type.clone(),
        content: session.content.clone(),
    };
    let length = uploaded.content.length();
    purpose::check_size(state, uploaded.store.as_deref(), &uploaded.project, length)?;
    let reply = made(state, request, call, uploaded)?;
    if let Some(session) = state.resources.uploads.get_mut(id, now) {
        session.status = Status::Final(reply.body.clone());
        session.content.forget();
    }
    Ok(reply)
}

fn made(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    uploaded: Uploaded,
) -> Result<Reply, ApiError> {
    let reply = purpose::make(state, request, call, uploaded)?;
    Ok(finished(reply))
}

/// The content of a request that brings all of it.
fn whole(received: Option<&Received>) -> Content {
    let mut content = Content::new();
    if let Some(received) = received {
        content.take(received);
    }
    content
}

fn uploaded(
    project: &str,
    store: Option<&str>,
    description: Value,
    mime_type: &str,
    content: Content,
) -> Uploaded {
    Uploaded {
        project: project.to_owned(),
        description,
        store: store.map(str::to_owned),
        mime_type: mime_type.to_owned(),
        content,
    }
}

/// The description of a file, `{"file": {…}}`.
fn described(body: &[u8], call: &Call<'_>) -> Result<Value, ApiError> {
    body::read(body, purpose::description_of(call), call.version)
}

/// The type that a description or else a header names.
fn typed(description: &Value, header: Option<&str>) -> String {
    let named = description.pointer("/file/mimeType").or(description.get("mimeType"));
    let named = named.and_then(Value::as_str).or(header);
    named.unwrap_or(purpose::UNKNOWN_TYPE).to_owned()
}

fn plain(status: StatusCode) -> Reply {
    Reply::new(status, "text/plain; charset=utf-8", "")
        .with(header::SERVER, "UploadServer")
        .with(header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate")
}

fn unknown_protocol() -> ApiError {
    ApiError::InvalidArgument(
        "an upload has the header X-Goog-Upload-Protocol (resumable, raw, multipart) or the parameter uploadType \
         (resumable, media, multipart)"
            .into(),
    )
}
