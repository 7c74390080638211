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
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Outgoing {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a reply of the agent's own. It is about one caller and one moment: it is kept nowhere.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Outgoing> {
    let mut reply = Response::new(whole(format!("{body}\n")));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}
