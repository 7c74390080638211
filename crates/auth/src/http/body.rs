//! A body as it goes over the wire: whole, or a stream of pieces.
//!
//! In: bytes, or a stream of them whose length may be known. Out: what a `Transport` sends and returns.
//! Not here: limits of a reply (`streams`).

use bytes::Bytes;
use futures_core::Stream;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::error::Error as StdError;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::time::Instant;

type BoxError = Box<dyn StdError + Send + Sync>;
type Piece = Poll<Option<Result<Bytes, BoxError>>>;
type Pieces = Box<dyn FnMut(&mut Context<'_>) -> Piece + Send>;

/// Never locked: it lets the threads share a body that one of them reads.
type Shared = Mutex<Pieces>;

/// The body of a request, or of a [`Transport`](crate::http::Transport)'s reply.
pub struct Body(Kind);

enum Kind {
    Whole(Bytes),
    Pieces { pieces: Shared, length: Option<u64> },
}

impl Body {
    /// Sends these pieces as they come: in chunks, since their length is not known.
    pub fn stream<E: Into<BoxError>>(
        pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        let mut pieces = Box::pin(pieces);
        Self::pieces(move |context| pieces.as_mut().poll_next(context).map_err(Into::into))
    }

    /// Takes what this returns as pieces, until it returns none.
    pub(super) fn pieces(next: impl FnMut(&mut Context<'_>) -> Piece + Send + 'static) -> Self {
        Self(Kind::Pieces { pieces: Mutex::new(Box::new(next)), length: None })
    }

    /// Says how many bytes the pieces are together; a body of another length is not sent to its end.
    #[must_use]
    pub fn with_length(self, length: u64) -> Self {
        match self.0 {
            Kind::Whole(_) => self,
            Kind::Pieces { pieces, .. } => Self(Kind::Pieces { pieces, length: Some(length) }),
        }
    }

    /// Returns the bytes of a body that is whole, and can be sent again.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes),
            Kind::Pieces { .. } => None,
        }
    }

    /// Marks what the stream of a request says went wrong, and returns when a piece of it was taken last.
    pub(super) fn watch(&mut self) -> Moved {
        let Kind::Pieces { pieces, .. } = &mut self.0 else { return Moved::Once(Instant::now()) };
        let moved = Arc::new(Mutex::new(Instant::now()));
        let noted = Arc::clone(&moved);
        let pieces = pieces.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut inner = mem::replace(pieces, Box::new(|_| Poll::Ready(None)));
        *pieces = Box::new(move |context| {
            let piece = inner(context).map_err(|error| UploadFailed(error).into());
            if piece.is_ready() {
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            }
            piece
        });
        Moved::Again(moved)
    }

    /// Returns the next piece; none at the end.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Piece {
        match &mut self.0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(mem::take(bytes)))),
            Kind::Pieces { pieces, .. } => {
                pieces.get_mut().unwrap_or_else(PoisonError::into_inner)(context)
            }
        }
    }
}

/// When the last of a request's body was taken: all of it at the beginning, or piece by piece.
pub(super) enum Moved {
    Once(Instant),
    Again(Arc<Mutex<Instant>>),
}

impl Moved {
    pub(super) fn last(&self) -> Instant {
        match self {
            Self::Once(began) => *began,
            Self::Again(moved) => *moved.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(Kind::Whole(bytes.into()))
    }
}

/// Does not show what it holds.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Pieces { length: Some(length), .. } => {
                write!(f, "Body(stream of {length} bytes)")
            }
            Kind::Pieces { length: None, .. } => f.write_str("Body(stream)"),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = std::task::ready!(self.poll_next(context));
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.as_bytes().is_some_and(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Pieces { length, .. } => {
                length.map_or_else(SizeHint::default, SizeHint::with_exact)
            }
        }
    }
}

/// The program's own stream failed: the server has nothing to do with it.
#[derive(Debug)]
pub(super) struct UploadFailed(pub(super) BoxError);

impl fmt::Display for UploadFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for UploadFailed {}
