//! A reply that comes as server-sent events, each a JSON document.
//!
//! In: a body, cut anywhere. Out: one value for each event. An error that Google sends within the stream, as an event
//! or as bare JSON, is an error here.
//! Specification: HTML, "Server-sent events", section 9.2.6. `[DONE]` ends a stream; Google's other streams just end.
//! Not here: whether the last event was the last of an answer.

use crate::Error;
use crate::attempts::Asked;
use crate::sse::Decoder;
use bytes::Bytes;
use futures_util::Stream;
use hallpass::http::BodyStream;
use http::{HeaderMap, Response};
use memchr::memmem::Finder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};

/// What every error of Google's has.
static ERROR: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(br#""error""#));

/// The events of one reply; dropped before the end, it closes the connection.
#[derive(Debug)]
pub struct Events<T> {
    headers: HeaderMap,
    body: Option<BodyStream>,
    decoder: Decoder,
    asked: Asked,
    value: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Events<T> {
    pub(crate) fn new(reply: Response<BodyStream>, limit: usize, asked: Asked) -> Self {
        let (head, body) = reply.into_parts();
        let decoder = Decoder::new(limit);
        Self { headers: head.headers, body: Some(body), decoder, asked, value: PhantomData }
    }

    /// Has an error of what these events say name their request.
    pub(crate) fn named(&self, error: Error) -> Error {
        self.asked.named(error)
    }

    /// Returns the headers of the reply.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the next event; none at the end of the stream. Nothing comes after an error.
    ///
    /// # Errors
    /// A cut or silent connection, an event that is not the JSON that was asked for or too large, and Google's refusal.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            let event = match self.decoder.next() {
                Ok(None) => {
                    let Some(body) = &mut self.body else { return Poll::Ready(None) };
                    let piece = ready!(Pin::new(body).poll_next(context));
                    self.take(piece)
                }
                event => event,
            };
            match event {
                Ok(None) => {}
                Ok(Some(event)) => return Poll::Ready(self.read(&event)),
                Err(error) => return Poll::Ready(Some(Err(self.ended_by(error)))),
            }
        }
    }

    /// Takes a piece, or the end of the body, which may be the end of the last event.
    fn take(
        &mut self,
        piece: Option<Result<Bytes, hallpass::Error>>,
    ) -> Result<Option<Bytes>, Error> {
        if let Some(piece) = piece {
            self.decoder.push(piece.map_err(Error::from_connection)?);
            return Ok(None);
        }
        self.body = None;
        match self.decoder.finish() {
            (None, Some(stray)) => Err(self.stray(&stray)),
            (event, _) => Ok(event),
        }
    }

    fn read(&mut self, event: &[u8]) -> Option<Result<T, Error>> {
        if event == b"[DONE]" {
            self.end();
            return None;
        }
        let value = match self.refusal(event) {
            Some(error) => Err(error),
            None => json(event).ok_or_else(Error::not_the_json),
        };
        Some(value.map_err(|error| self.ended_by(error)))
    }

    /// Text between the events: Google's error where it stopped in the middle, or no stream at all.
    fn stray(&self, text: &[u8]) -> Error {
        self.refusal(text).unwrap_or_else(|| Error::unexpected("it is not a stream of events"))
    }

    fn refusal(&self, text: &[u8]) -> Option<Error> {
        #[derive(Deserialize)]
        struct Refused {
            error: Value,
        }
        // Nearly every event is none: one look at its words is cheaper than reading it as JSON.
        ERROR.find(text)?;
        // The list first: to serde, a list of fields is an object, too.
        let found: Refused = serde_json::from_slice(text)
            .map(|[refused]: [Refused; 1]| refused)
            .or_else(|_| serde_json::from_slice(text))
            .ok()?;
        // Other kinds of event have an `error` of their own, whose code is a word.
        let status = u16::try_from(found.error.get("code")?.as_u64()?).ok()?;
        Some(Error::from_response(status, self.headers.clone(), text))
    }

    fn ended_by(&mut self, error: Error) -> Error {
        self.end();
        self.named(error)
    }

    /// Nothing comes after this.
    fn end(&mut self) {
        (self.body, self.decoder) = (None, Decoder::new(0));
    }
}

/// Reads JSON. A look at all of the text for UTF-8 is cheaper than one at each string of it.
fn json<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(text).ok()?).ok()
}

impl<T: DeserializeOwned> Stream for Events<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}
