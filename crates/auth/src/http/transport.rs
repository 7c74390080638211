//! What carries a request to a server: hyper with rustls, or what a program puts in its place.
//!
//! In: a request whose address was checked. Out: the head of the reply, and its body as it comes.
//! Not here: limits of time and size; they hold for every transport (`mod`, `streams`).

use super::body::Body;
use super::connector::Connector;
use super::limits::{HEADER_BUFFER, IDLE};
use http::{Request, Response};
use http_body_util::BodyDataStream;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

/// The head of a reply and its body as it comes, or why there is none.
///
/// A [`hallpass::Error`](crate::Error) is told as it is; any other error means that the host cannot be reached.
pub type TransportFuture<'a> = Pin<
    Box<dyn Future<Output = Result<Response<Body>, Box<dyn StdError + Send + Sync>>> + Send + 'a>,
>;

/// Carries requests; hyper is the default, and a recorder, a test or another client may stand in for it.
///
/// It follows no redirect, sends the headers as they are, and closes what it opened when a future or a body is dropped.
/// The client above it checks addresses and keeps the limits of time and size.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request.
    fn send(&self, request: Request<Body>) -> TransportFuture<'_>;
}

/// HTTP/1.1 by hyper.
#[derive(Debug)]
pub(super) struct Hyper(Client<Connector, Body>);

impl Hyper {
    pub(super) fn new(connector: Connector) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .http1_max_buf_size(HEADER_BUFFER)
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self(client)
    }
}

impl Transport for Hyper {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        Box::pin(async move {
            let reply = self.0.request(request).await?;
            Ok(reply.map(|body| Body::stream(BodyDataStream::new(body))))
        })
    }
}
