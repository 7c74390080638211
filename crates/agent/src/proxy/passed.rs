//! A reply's body on its way from Google to the holder of a ticket.
//!
//! In: pieces as they come. Out: the same, until the ticket is revoked: then an error, which cuts the connection.

use crate::ticket::Held;
use bytes::Bytes;
use futures_util::Stream;
use hallpass::http::BodyStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The pieces, and whose they are.
pub(crate) struct Passed {
    pieces: BodyStream,
    held: Arc<Held>,
    /// Waits for the end of the ticket, from the first time that there was no piece to pass on.
    end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    is_over: bool,
}

impl Passed {
    pub(crate) fn new(pieces: BodyStream, held: Arc<Held>) -> Self {
        Self { pieces, held, end: None, is_over: false }
    }

    /// Returns the next piece; nothing comes after an error.
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let piece = match self.held.is_revoked() {
            true => Some(Err(revoked())),
            false => match Pin::new(&mut self.pieces).poll_next(context) {
                Poll::Ready(piece) => piece.map(|piece| piece.map_err(Into::into)),
                Poll::Pending => {
                    ready!(self.poll_end(context));
                    Some(Err(revoked()))
                }
            },
        };
        self.is_over = !matches!(piece, Some(Ok(_)));
        Poll::Ready(piece)
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let held = &self.held;
        let end = self.end.get_or_insert_with(|| {
            let held = Arc::clone(held);
            Box::pin(async move { held.revoked().await })
        });
        end.as_mut().poll(context)
    }
}

fn revoked() -> BoxError {
    "the ticket was revoked".into()
}
