//! Serves OpenAI's dialect: `openai` says what to ask Google and how to tell the answer; this sends it with the sign-in.
//!
//! In: a request whose ticket is good, and its path below the base address. Out: a reply in OpenAI's form; a stream leaves
//! piece by piece, as it comes. What Google refuses, and what is not translated, is a reply, too.

use crate::openai::{self, Answer, Call, Chunks, Stamp};
use crate::outgoing::{self, Outgoing};
use crate::refusal::{Refusal, Why};
use crate::shared::Shared;
use crate::ticket::Held;
use bytes::Bytes;
use futures_util::stream;
use hallpass::http::BodyStream;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Google takes 20 MB of pictures and sound within a request; base64 and the words around it are below this.
const LARGEST_REQUEST: usize = 64 * 1024 * 1024;
/// An answer may hold pictures.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Why there is no answer: the agent's own reason, or one in OpenAI's words.
enum Failure {
    Ours(Refusal),
    Told(openai::Refusal),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Ours(refusal)
    }
}

impl From<&hallpass::Error> for Failure {
    fn from(error: &hallpass::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl From<openai::Refusal> for Failure {
    fn from(refusal: openai::Refusal) -> Self {
        Self::Told(refusal)
    }
}

/// # Errors
///
/// No token, no way to Google, and a request that is too large or cut short.
pub(crate) async fn answer(
    shared: &Shared,
    held: Arc<Held>,
    head: &Parts,
    path: &str,
    body: Incoming,
) -> Result<Response<Outgoing>, Refusal> {
    match served(shared, held, head, path, body).await {
        Ok(reply) => Ok(reply),
        Err(Failure::Ours(refusal)) => Err(refusal),
        Err(Failure::Told(refusal)) => Ok(told(&refusal)),
    }
}

async fn served(
    shared: &Shared,
    held: Arc<Held>,
    head: &Parts,
    path: &str,
    body: Incoming,
) -> Result<Response<Outgoing>, Failure> {
    let body = Limited::new(body, LARGEST_REQUEST).collect().await.map_err(|error| {
        Refusal::from(if error.is::<LengthLimitError>() { Why::TooLarge } else { Why::Cut })
    })?;
    let call = openai::translate(&head.method, path, &body.to_bytes())?;
    let stamp = stamp(shared);
    let mut answers = Vec::with_capacity(call.bodies.len());
    for body in &call.bodies {
        let reply = sent(shared, &held, &call, body.clone()).await?;
        if let Some(chunks) = call.answer.stream(stamp.clone()) {
            return Ok(streamed(reply, chunks, held));
        }
        answers.push(reply.collect(LARGEST_ANSWER).await.map_err(|error| Failure::from(&error))?);
    }
    whole(&call.answer, &answers, &stamp)
}

/// Sends one request and returns the body of a success.
async fn sent(
    shared: &Shared,
    held: &Held,
    call: &Call,
    body: Vec<u8>,
) -> Result<BodyStream, Failure> {
    let upstream = &shared.endpoints.gemini;
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = call.method.clone();
    let uri = format!("{upstream}/v1beta/{}", call.path);
    *request.uri_mut() = uri.parse().map_err(|_| Refusal::from(Why::Path))?;
    if !request.body().is_empty() {
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    let sent = held.signer.send(&shared.http, request).await;
    let (head, body) = sent.map_err(|error| Failure::from(&error))?.into_parts();
    if head.status.is_success() {
        return Ok(body);
    }
    let body = body.collect(LARGEST_ANSWER).await.unwrap_or_default();
    Err(openai::Refusal::of_google(head.status.as_u16(), &head.headers, &body).into())
}

fn stamp(shared: &Shared) -> Stamp {
    let mut random = [0; 12];
    // Without randomness the name is the same each time, which harms nothing but a program's log.
    let _ = getrandom::fill(&mut random);
    let created = shared.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Stamp { created, id: random.iter().map(|byte| format!("{byte:02x}")).collect() }
}

fn whole(answer: &Answer, replies: &[Bytes], stamp: &Stamp) -> Result<Response<Outgoing>, Failure> {
    Ok(outgoing::sized(StatusCode::OK, answer.whole(replies, stamp)?))
}

/// Tells a stream as it comes; it ends where the ticket does.
fn streamed(pieces: BodyStream, chunks: Chunks, held: Arc<Held>) -> Response<Outgoing> {
    let events = stream::unfold(Some((pieces, chunks, held)), async |open| {
        let (mut pieces, mut chunks, held) = open?;
        loop {
            let piece = tokio::select! {
                biased;
                () = held.revoked() => Err(openai::Refusal::new(401, "the ticket was revoked", "ticket_revoked")),
                piece = pieces.next() => piece.transpose().map_err(|error| cut(&error)),
            };
            let (events, is_over) = match piece {
                Ok(Some(piece)) => (chunks.push(piece), false),
                Ok(None) => (chunks.finish(), true),
                Err(refusal) => (chunks.cut(&refusal), true),
            };
            // A piece may end within a frame.
            if is_over || !events.is_empty() {
                let open = (!is_over).then_some((pieces, chunks, held));
                return Some((Ok::<_, Infallible>(Frame::data(Bytes::from(events))), open));
            }
        }
    });
    let body = StreamBody::new(events).map_err(|never| match never {}).boxed_unsync();
    outgoing::streamed("text/event-stream; charset=utf-8", Outgoing::Made(body))
}

/// A stream that breaks off has its status already: the error is an event.
fn cut(error: &hallpass::Error) -> openai::Refusal {
    let refusal = Refusal::from(error);
    let code = refusal.reason.to_ascii_lowercase();
    openai::Refusal::new(refusal.status.as_u16(), refusal.message, &code)
}

fn told(refusal: &openai::Refusal) -> Response<Outgoing> {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut reply = outgoing::sized(status, refusal.body());
    if let Some(seconds) = refusal.retry_after() {
        reply.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    reply
}
