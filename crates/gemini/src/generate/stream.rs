//! An answer as it comes: events, and at the end the whole of it with its usage.
//!
//! In: the frames of `streamGenerateContent`. Out: the events of the first candidate, in their order. An
//! answer that ends without its end is an error; so is an error of Google's between the frames. Both hand back what had
//! come. An answer that stops with `CONTINUATION` goes on in the next reply.

use super::assembly::Assembly;
use super::event::Event;
use super::{Call, Generate, GenerateRequest, Response};
use crate::{Client, Error, Events, spans};
use futures_util::Stream;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tracing::Span;

pub(super) const METHOD: &str = "streamGenerateContent";

/// The events of one answer; dropped before the end, it closes the connection.
#[must_use]
pub struct AnswerStream {
    reply: Next,
    ready: VecDeque<Event>,
    answer: Assembly,
    client: Client,
    model: String,
    request: GenerateRequest,
    call: Call,
    span: Span,
}

/// Where the next frame is from.
enum Next {
    Frame(Box<Events<Response>>),
    Hop(Pin<Box<dyn Future<Output = Result<Events<Response>, Error>> + Send>>),
    Ended,
}

impl AnswerStream {
    pub(super) fn new(
        events: Events<Response>,
        client: Client,
        model: String,
        request: GenerateRequest,
        call: Call,
        span: Span,
    ) -> Self {
        let (ready, answer) = (VecDeque::new(), Assembly::default());
        let reply = Next::Frame(Box::new(events));
        Self { reply, ready, answer, client, model, request, call, span }
    }

    /// Returns the next event; none at the end of the answer. Nothing comes after an error.
    ///
    /// # Errors
    /// A cut or silent connection, Google's refusal, and an answer that ends before its end
    /// ([`Error::is_truncated`]); what had come is in [`Error::partial`].
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }

    /// Reads to the end and returns the whole answer, with its usage.
    ///
    /// # Errors
    /// Those of [`AnswerStream::next`].
    pub async fn finish(mut self) -> Result<Response, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        Ok(self.answer.response)
    }

    /// Returns as much of the answer as has come.
    #[must_use]
    pub fn response(&self) -> &Response {
        &self.answer.response
    }

    /// Returns how often the answer stopped with `CONTINUATION` and was asked to go on.
    #[must_use]
    pub fn hops(&self) -> u32 {
        self.answer.hops
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let step = match &mut self.reply {
                Next::Ended => return Poll::Ready(None),
                Next::Hop(reply) => ready!(reply.as_mut().poll(context)).map(|events| {
                    self.reply = Next::Frame(Box::new(events));
                }),
                Next::Frame(events) => match ready!(Pin::new(&mut **events).poll_next(context)) {
                    Some(frame) => frame.map(|frame| self.answer.add(frame, Some(&mut self.ready))),
                    None => self.reply_ended(),
                },
            };
            if let Err(error) = step {
                self.reply = Next::Ended;
                spans::failed(&self.span, &error);
                // Left here, so that `response` still shows it.
                let partial = self.answer.response.clone();
                return Poll::Ready(Some(Err(error.with_partial(partial))));
            }
        }
    }

    fn reply_ended(&mut self) -> Result<(), Error> {
        if !self.answer.response.is_ended() {
            let error = Error::truncated(Response::default());
            return Err(match &self.reply {
                Next::Frame(events) => events.named(error),
                _ => error,
            });
        }
        self.reply = match self.answer.hops < self.call.hops {
            true => self.answer.hop().map_or(Next::Ended, |token| self.hop(token)),
            false => Next::Ended,
        };
        if matches!(self.reply, Next::Ended) {
            spans::answered(&self.span, &self.answer.response);
        }
        Ok(())
    }

    fn hop(&self, token: String) -> Next {
        let (client, model) = (self.client.clone(), self.model.clone());
        let (mut request, call) = (self.request.clone(), self.call.clone());
        request.continuation_token = Some(token);
        Next::Hop(Box::pin(async move {
            let generate = Generate { client: &client, model, request, call };
            generate.call(METHOD)?.stream().await
        }))
    }
}

impl Stream for AnswerStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl std::fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerStream").field("model", &self.model).finish_non_exhaustive()
    }
}
