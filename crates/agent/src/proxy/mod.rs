//! The reverse proxy to the Gemini API: a request with a ticket goes on with the sign-in's token in its place.
//!
//! In: a request whose ticket is good, and its path as `path` folded it. Out: Google's reply as it comes, piece by
//! piece. A small body is kept, so that a token that Google does not take is replaced once and the request sent again.
//! The server is Google's, or the emulator in force; nothing in a request chooses it.
//! Not here: which paths there are (`path`), what is taken out of a head (`headers`), the address (`upstream`), and the
//! way of a reply's body (`passed`).

pub(crate) mod headers;
mod passed;
pub(crate) mod path;
mod upstream;

pub(crate) use passed::Passed;
pub(crate) use upstream::Upstream;

use crate::outgoing::Outgoing;
use crate::refusal::{Refusal, Why};
use crate::shared::Shared;
use crate::ticket::Held;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use hallpass::http::Body;
use http::request::Parts;
use http::{Request, Response, header};
use http_body_util::{BodyDataStream, BodyExt};
use hyper::body::{Body as _, Incoming};
use std::sync::Arc;

/// A body of at most this many bytes is kept until Google has taken the token: more than any prompt without files.
const KEPT: usize = 1024 * 1024;

/// Google takes files of 2 GiB; this leaves room for what stands around one.
const LONGEST: u64 = 2 * 1024 * 1024 * 1024 + 16 * 1024 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// # Errors
///
/// No token, no way to Google, or a body that is too large. What Google refuses is a reply.
pub(crate) async fn answer(
    shared: &Shared,
    held: Arc<Held>,
    head: &Parts,
    path: &str,
    body: Incoming,
) -> Result<Response<Outgoing>, Refusal> {
    let upstream = &shared.upstream;
    let mut request = Request::new(outgoing(body).await?);
    head.method.clone_into(request.method_mut());
    *request.uri_mut() = upstream.address(&head.uri, path)?;
    *request.headers_mut() = headers::of_the_request(&head.headers);
    let sent = held.signer.send(&shared.http, request).await;
    let reply = sent.map_err(|error| Refusal::from(&error))?;
    let (reply, pieces) = reply.into_parts();
    if let Some(rest) = headers::of_the_upload(&reply.headers, upstream.origin()) {
        shared.uploads.remember(rest, &held);
    }
    let mut back = Response::new(Outgoing::Passed(Passed::new(pieces, held)));
    *back.status_mut() = reply.status;
    *back.headers_mut() = headers::of_the_reply(&reply.headers, upstream.origin(), || origin(head));
    Ok(back)
}

/// How the caller addressed us: the Host was checked.
fn origin(head: &Parts) -> String {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or_default())
}

/// Returns the body that goes on: whole where it is small, else as it comes.
async fn outgoing(mut body: Incoming) -> Result<Body, Refusal> {
    let length = body.size_hint().exact();
    if length.is_some_and(|length| length > LONGEST) {
        return Err(Why::TooLarge.into());
    }
    let mut first = Bytes::new();
    if length.is_none_or(|length| length <= KEPT as u64) {
        // Most bodies are one piece, which needs no copy.
        let mut all = BytesMut::new();
        while !body.is_end_stream() {
            let piece = match body.frame().await {
                None => break,
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(_)) => return Err(Why::Cut.into()),
            };
            if first.is_empty() && all.is_empty() {
                first = piece;
                continue;
            }
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&piece);
            if all.len() > KEPT {
                break;
            }
        }
        if !all.is_empty() {
            first = all.freeze();
        }
        if first.len() <= KEPT {
            return Ok(first.into());
        }
    }
    Ok(as_it_comes(first, body, length))
}

/// Returns a body whose first piece was read.
fn as_it_comes(first: Bytes, body: Incoming, length: Option<u64>) -> Body {
    let first = stream::iter([Ok::<_, BoxError>(first)]);
    let rest = BodyDataStream::new(body).map(|piece| piece.map_err(Into::into));
    let mut sent = 0;
    let pieces = first.chain(rest).map(move |piece| {
        let piece: Bytes = piece?;
        sent += piece.len() as u64;
        if sent > LONGEST { Err(BoxError::from("the request is too large")) } else { Ok(piece) }
    });
    let body = Body::stream(pieces.filter(|piece| {
        let empty = piece.as_ref().is_ok_and(Bytes::is_empty);
        async move { !empty }
    }));
    match length {
        Some(length) => body.with_length(length),
        None => body,
    }
}
