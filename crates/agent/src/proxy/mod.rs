//! The reverse proxy to the Gemini API: a request with a ticket goes on with the sign-in's token in its place.
//!
//! In: a request whose ticket is good, and its path as `path` folded it. Out: Google's reply as it comes, piece by
//! piece. A small body is kept, so that a token that Google does not take is replaced once and the request sent again.
//! The server is Google's, or the emulator in force; nothing in a request chooses it.
//! Not here: which paths there are (`path`), what is taken out of a head (`headers`).

pub(crate) mod headers;
pub(crate) mod path;

use crate::outgoing::Outgoing;
use crate::refusal::{Refusal, Why};
use crate::shared::Shared;
use crate::ticket::Held;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use hallpass::http::{Body, BodyStream};
use http::request::Parts;
use http::{Request, Response, header};
use http_body_util::{BodyDataStream, BodyExt, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
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
    let upstream = &shared.endpoints.gemini;
    let query = headers::query(&head.uri).map_or(String::new(), |query| format!("?{query}"));
    let body = outgoing(body).await?;
    let mut request = Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() =
        format!("{upstream}{path}{query}").parse().map_err(|_| Refusal::from(Why::Path))?;
    *request.headers_mut() = headers::of_the_request(&head.headers);
    let sent = held.signer.send(&shared.http, request).await;
    let reply = sent.map_err(|error| Refusal::from(&error))?;
    let origin = origin(head);
    let (reply, pieces) = reply.into_parts();
    if let Some(rest) = headers::of_the_upload(&reply.headers, upstream) {
        shared.uploads.remember(rest, &held);
    }
    let mut back = Response::new(until_revoked(pieces, held));
    *back.status_mut() = reply.status;
    *back.headers_mut() = headers::of_the_reply(&reply.headers, upstream, &origin);
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
    let mut first = BytesMut::new();
    if length.is_none_or(|length| length <= KEPT as u64) {
        loop {
            match body.frame().await {
                None => return Ok(first.freeze().into()),
                Some(Ok(frame)) => {
                    first.extend_from_slice(frame.data_ref().map_or(&[], |data| data))
                }
                Some(Err(_)) => return Err(Why::Cut.into()),
            }
            if first.len() > KEPT {
                break;
            }
        }
    }
    let first = stream::iter([Ok::<_, BoxError>(first.freeze())]);
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
    Ok(match length {
        Some(length) => body.with_length(length),
        None => body,
    })
}

/// Passes a reply on as it comes; it ends where the ticket does.
pub(crate) fn until_revoked(pieces: BodyStream, held: Arc<Held>) -> Outgoing {
    let pieces = stream::unfold(Some((pieces, held)), async |open| {
        let (mut pieces, held) = open?;
        let piece = tokio::select! {
            biased;
            () = held.revoked() => Some(Err(BoxError::from("the ticket was revoked"))),
            piece = pieces.next() => piece.map(|piece| piece.map_err(Into::into)),
        }?;
        let open = piece.is_ok().then_some((pieces, held));
        Some((piece.map(Frame::data), open))
    });
    StreamBody::new(pieces).boxed_unsync()
}
