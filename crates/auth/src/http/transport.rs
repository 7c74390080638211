//! What carries a request to a server: hyper with rustls, or what a program puts in its place.
//!
//! In: a request whose address was checked. Out: the head of the reply, and its body as it comes.
//! Not here: limits of time and size; they hold for every transport (`mod`, `streams`), and idle connections (`pool`).

use super::body::Body;
use super::connector::Connector;
use super::pool::{Open, Place, Pool};
use bytes::Bytes;
use http::{Request, Response, Uri, header, uri};
use hyper::body::{Body as _, Frame, Incoming};
use std::error::Error as StdError;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

type BoxError = Box<dyn StdError + Send + Sync>;

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
pub(super) struct Hyper {
    connector: Connector,
    pool: Arc<Pool>,
}

impl Hyper {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, pool: Arc::default() }
    }

    async fn carry(&self, mut request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let place = to_origin_form(request.uri_mut()).ok_or("an address without a host")?;
        loop {
            let idle = self.pool.take(&place);
            let is_reused = idle.is_some();
            let mut open = match idle {
                Some(open) => open,
                None => Box::pin(self.open(&place)).await?,
            };
            if is_reused {
                // A runtime that stood still since then has not heard yet that the server closed it.
                tokio::task::yield_now().await;
            }
            request.headers_mut().entry(header::HOST).or_insert_with(|| open.host.clone());
            match open.ask(request).await {
                Ok(reply) => return Ok(reply.map(|body| Reply::body(body, open, &self.pool))),
                // The server has closed it; nothing of the request has gone.
                Err(mut error) => match error.take_message().filter(|_| is_reused) {
                    Some(again) => request = again,
                    None => return Err(error.into_error().into()),
                },
            }
        }
    }

    async fn open(&self, place: &Place) -> Result<Box<Open>, BoxError> {
        let (scheme, authority) = (place.scheme.clone(), place.authority.clone());
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build()?;
        let stream = self.connector.clone().connect(uri).await?;
        Ok(Open::new(place.clone(), stream).await?)
    }
}

impl Transport for Hyper {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        Box::pin(self.carry(request))
    }
}

/// Leaves path and query of an address (RFC 9112, section 3.2.1), and returns the rest.
fn to_origin_form(uri: &mut Uri) -> Option<Place> {
    let parts = mem::take(uri).into_parts();
    let mut origin = uri::Parts::default();
    origin.path_and_query = parts.path_and_query;
    *uri = Uri::from_parts(origin).unwrap_or_default();
    Some(Place { scheme: parts.scheme?, authority: parts.authority? })
}

/// The body of a reply: who reads it moves the connection on.
struct Reply {
    body: Incoming,
    /// None once the body is over. Dropped before, it closes the connection.
    open: Option<Box<Open>>,
    pool: Arc<Pool>,
}

impl Reply {
    fn body(body: Incoming, open: Box<Open>, pool: &Arc<Pool>) -> Body {
        if body.is_end_stream() {
            pool.put(open);
            return Body::default();
        }
        let mut reply = Self { body, open: Some(open), pool: Arc::clone(pool) };
        Body::pieces(move |context| reply.poll(context))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        loop {
            if let Some(open) = &mut self.open {
                open.advance(context);
            }
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            let frame = frame.transpose().inspect_err(|_| self.open = None)?;
            if (frame.is_none() || self.body.is_end_stream())
                && let Some(open) = self.open.take()
            {
                self.pool.put(open);
            }
            // What follows the body (trailers) is of no interest.
            match frame.map(Frame::into_data) {
                Some(Ok(piece)) => return Poll::Ready(Some(Ok(piece))),
                Some(Err(_)) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}
