//! A reply's body as hyper sends it: whole, or piece by piece as it comes from Google, or made of what comes.

use crate::proxy::Passed;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, SizeHint};
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a reply.
pub(crate) enum Outgoing {
    Whole(Full<Bytes>),
    Passed(Passed),
    Made(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Passed(body) => body.poll_next(context).map_ok(Frame::data),
            Self::Made(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Passed(_) => false,
            Self::Made(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Passed(_) => SizeHint::default(),
            Self::Made(body) => body.size_hint(),
        }
    }
}

/// Returns a body that is at hand.
pub(crate) fn whole(bytes: Bytes) -> Outgoing {
    Outgoing::Whole(Full::new(bytes))
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
    // Named, so that a reply to HEAD says it, too.
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
