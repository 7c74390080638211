//! How a reply leaves: whole, late, slow, cut or buried in filler.
//!
//! In: a reply and the fault that spoils it. Out: the HTTP response. `respond` comes instead of the real
//! answer, so nothing changes on the server; all others let the request happen, as a network would.

use crate::FaultKind;
use crate::message::Reply;
use crate::stream_fault::{self, Pieces, Piecing};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

const FILLER: &[u8] = &[b'a'; 64 * 1024];

/// A reply and the manner in which it leaves.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) reply: Reply,
    delay: Duration,
    manner: Manner,
}

#[derive(Debug)]
enum Manner {
    Whole,
    Cut,
    Slow(Duration),
    Filler(u64),
    InPieces(Piecing),
}

impl Delivery {
    pub(crate) fn plain(reply: Reply) -> Self {
        Self { delay: reply.delay, reply, manner: Manner::Whole }
    }

    /// The same manner for another form of the reply.
    pub(crate) fn map(self, change: impl FnOnce(Reply) -> Reply) -> Self {
        Self { reply: change(self.reply), ..self }
    }

    /// The answer under a fault; `real` is asked only if the request is to have its effect.
    pub(crate) fn spoiled(fault: FaultKind, real: impl FnOnce() -> Reply) -> Self {
        let milliseconds = Duration::from_millis;
        let mut delivery = Self::plain(match fault {
            FaultKind::Respond { status, headers, body } => {
                return Self::plain(scripted(status, &headers, body));
            }
            _ => real(),
        });
        match fault {
            // What needs the API's words, or the upload, is done elsewhere.
            FaultKind::Respond { .. }
            | FaultKind::Gemini { .. }
            | FaultKind::StreamError { .. }
            | FaultKind::CutUpload { .. } => {}
            FaultKind::Delay { milliseconds: time } => delivery.delay += milliseconds(time),
            FaultKind::CutBody => delivery.manner = Manner::Cut,
            FaultKind::SlowBytes { milliseconds: pause } => {
                delivery.manner = Manner::Slow(milliseconds(pause))
            }
            FaultKind::HugeBody { bytes } => delivery.manner = Manner::Filler(bytes),
            FaultKind::NotJson => {
                delivery.reply.body =
                    Bytes::from_static(b"<html><title>502</title>Bad gateway</html>");
            }
            FaultKind::ReplaceField { field, value } => delivery.reply.edit(&field, Some(value)),
            FaultKind::RemoveField { field } => delivery.reply.edit(&field, None),
            stream => return delivery.of_stream(stream),
        }
        delivery
    }

    /// The same under a fault of streams.
    fn of_stream(self, fault: FaultKind) -> Self {
        let reply = self.reply;
        let piecing = match fault {
            FaultKind::StreamSilence { after, milliseconds } => {
                Piecing::Silence(after, Duration::from_millis(milliseconds))
            }
            FaultKind::Pieces { sizes } => Piecing::Sizes(sizes),
            FaultKind::CutLineEnds => Piecing::LineEnds,
            FaultKind::StreamEnd { after } => {
                return Self::plain(stream_fault::ended(reply, after));
            }
            FaultKind::StreamSeparators => return Self::plain(stream_fault::separated(reply)),
            FaultKind::StreamHugeFrame { bytes } => {
                return Self::plain(stream_fault::swollen(reply, bytes));
            }
            FaultKind::StreamLineEnds { with } => {
                return Self::plain(stream_fault::with_line_ends(reply, with));
            }
            FaultKind::StreamDataLines => return Self::plain(stream_fault::dressed(reply)),
            _ => return Self::plain(reply),
        };
        Self { manner: Manner::InPieces(piecing), ..Self::plain(reply) }
    }
}

fn scripted(status: u16, headers: &BTreeMap<String, String>, body: String) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = Reply::new(status, "application/json; charset=utf-8", body);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers.insert(name, value);
        }
    }
    reply
}

impl Reply {
    /// Sets or removes a field of a JSON body; a body without that place stays as it is.
    fn edit(&mut self, field: &str, value: Option<Value>) {
        let Ok(mut json) = serde_json::from_slice::<Value>(&self.body) else { return };
        let (inside, name) = field.rsplit_once('.').unwrap_or(("", field));
        let pointer: String = inside
            .split('.')
            .filter(|part| !part.is_empty())
            .map(|part| format!("/{part}"))
            .collect();
        match (json.pointer_mut(&pointer), value) {
            (Some(Value::Object(object)), Some(value)) => {
                drop(object.insert(name.to_owned(), value))
            }
            (Some(Value::Object(object)), None) => drop(object.remove(name)),
            _ => return,
        }
        self.body = serde_json::to_vec_pretty(&json).unwrap_or_default().into();
    }
}

pub(crate) async fn deliver(delivery: Delivery) -> Response<OutgoingBody> {
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    with_manner(delivery.reply, delivery.manner)
}

pub(crate) fn response(reply: Reply) -> Response<OutgoingBody> {
    with_manner(reply, Manner::Whole)
}

fn with_manner(reply: Reply, manner: Manner) -> Response<OutgoingBody> {
    let pieces = match &manner {
        Manner::InPieces(piecing) => piecing.of(&reply),
        _ => Pieces::new(),
    };
    let declared = match &manner {
        Manner::Filler(bytes) => *bytes,
        _ => reply.body.len() as u64,
    };
    let mut response = Response::new(OutgoingBody {
        rest: reply.body,
        pieces,
        manner,
        declared,
        sent: 0,
        flushed: false,
        pause: None,
        trailers: Some(reply.trailers).filter(|trailers| !trailers.is_empty()),
    });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response.headers_mut().insert(header::CONTENT_LENGTH, declared.into());
    response
}

/// A body that may be cut, slow or endless.
#[derive(Debug)]
pub(crate) struct OutgoingBody {
    rest: Bytes,
    /// Of a body that is sent in pieces.
    pieces: Pieces,
    manner: Manner,
    /// What `Content-Length` promises.
    declared: u64,
    sent: u64,
    flushed: bool,
    pause: Option<Pin<Box<Sleep>>>,
    trailers: Option<HeaderMap>,
}

impl OutgoingBody {
    fn give(&mut self, most: usize) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            return Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
        }
        let piece = self.rest.split_to(most.min(self.rest.len()));
        self.sent += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn give_filler(&mut self, total: u64) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = usize::try_from(total - self.sent).unwrap_or(usize::MAX);
        if left > 0 {
            self.rest = Bytes::from_static(FILLER);
        }
        self.give(left)
    }

    /// Half of the body, then an error, which closes the connection without an end.
    fn give_half(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.sent == 0 && self.declared > 1 {
            return self.give(usize::try_from(self.declared / 2).unwrap_or(1));
        }
        if !self.flushed {
            // The server sends what it has only when the body makes it wait.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut by a scripted fault"))))
    }

    /// The next piece when its pause is over; even without one the server sends what it has first.
    fn give_pieces(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some((wait, _)) = self.pieces.front() else {
            self.rest = Bytes::new();
            return self.give(usize::MAX);
        };
        if !self.flushed && wait.is_zero() {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !wait.is_zero() {
            let wait = *wait;
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
            if pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        (self.pause, self.flushed) = (None, false);
        let (_, piece) = self.pieces.pop_front().unwrap_or_default();
        self.sent += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn give_slowly(
        &mut self,
        wait: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            return Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
        if pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        self.give(1)
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        match body.manner {
            Manner::Whole => body.give(usize::MAX),
            Manner::Cut => body.give_half(cx),
            Manner::Slow(wait) => body.give_slowly(wait, cx),
            Manner::Filler(total) => body.give_filler(total),
            Manner::InPieces(_) => body.give_pieces(cx),
        }
    }

    /// gRPC clients take a status without a message only if the headers end the stream.
    fn is_end_stream(&self) -> bool {
        matches!(self.manner, Manner::Whole) && self.rest.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.declared.saturating_sub(self.sent))
    }
}
