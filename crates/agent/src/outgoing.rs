//! A reply's body as hyper sends it: whole, or a stream of pieces.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a reply.
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, BoxError>;

/// Returns a body that is at hand.
pub(crate) fn whole(bytes: Bytes) -> Outgoing {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a reply of the agent's own.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Outgoing> {
    sized(status, format!("{body}\n"))
}

/// Returns a reply of JSON that is at hand.
pub(crate) fn sized(status: StatusCode, body: impl Into<Bytes>) -> Response<Outgoing> {
    let body = body.into();
    let length = body.len();
    let mut reply = streamed("application/json", whole(body));
    *reply.status_mut() = status;
    // Named, because the server wraps the body and does not see its length any more.
    reply.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    reply
}

/// Returns a reply of this type that comes piece by piece. It is about one caller and one moment: it is kept nowhere.
pub(crate) fn streamed(kind: &'static str, body: Outgoing) -> Response<Outgoing> {
    let mut reply = Response::new(body);
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}
