//! Connections that wait for their next request.
//!
//! In: a connection whose reply has ended. Out: the last one to the same host, for the next request.
//! No task moves a connection on but the one that waits for its reply. So an idle one is read when it is used next:
//! if the server has closed it, or has sent what no request asked for, hyper ends it before a byte of the request has
//! gone (RFC 9112, section 9.3.1). Each stays in the runtime that opened it, since no other one hears of its bytes.
//! Not here: how a connection is opened (`connector`), and the second attempt (`transport`).

use super::body::Body;
use super::connector::Stream;
use super::limits::{HEADER_BUFFER, IDLE, MOST_IDLE};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Context;
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

/// A host, and how it is spoken to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
}

/// One connection with HTTP/1.1 on it.
pub(super) struct Open {
    /// Of requests that name no host themselves.
    pub(super) host: HeaderValue,
    sender: SendRequest<Body>,
    /// None once it has ended.
    connection: Option<Connection<Stream, Body>>,
    place: Place,
    runtime: Id,
}

/// Why a request got no reply, and the request itself if nothing of it was sent.
pub(super) type NotSent = hyper::client::conn::TrySendError<Request<Body>>;

impl Open {
    /// Speaks HTTP over a stream to this place.
    pub(super) async fn new(place: Place, stream: Stream) -> Result<Box<Self>, hyper::Error> {
        let mut http = Builder::new();
        let (sender, connection) = http.max_buf_size(HEADER_BUFFER).handshake(stream).await?;
        let (host, runtime) = (place.host(), Handle::current().id());
        Ok(Box::new(Self { host, sender, connection: Some(connection), place, runtime }))
    }

    /// Sends a request and returns the head of its reply.
    pub(super) async fn ask(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, NotSent> {
        let mut reply = pin!(self.sender.try_send_request(request));
        poll_fn(|context| {
            self.advance(context);
            reply.as_mut().poll(context)
        })
        .await
    }

    /// Writes and reads what can be written and read now.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) {
        // hyper tells errors to whom they concern: the request, or the reader of the reply.
        self.connection.take_if(|connection| Pin::new(connection).poll(context).is_ready());
    }

    /// Says whether the last reply is over and another request may be sent.
    fn is_idle(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }
}

impl Place {
    /// The header `Host`: without the port that goes without saying.
    fn host(&self) -> HeaderValue {
        let usual = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = match self.authority.port_u16() {
            Some(port) if port == usual => self.authority.host(),
            _ => self.authority.as_str(),
        };
        HeaderValue::from_str(host).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The idle connections of a client, the one that has waited longest first.
#[derive(Default)]
pub(super) struct Pool(Mutex<VecDeque<Idle>>);

struct Idle {
    open: Box<Open>,
    since: Instant,
}

impl Pool {
    /// Returns the connection to this place that was used last. The server may have closed it since.
    pub(super) fn take(&self, place: &Place) -> Option<Box<Open>> {
        let (mut idle, runtime) = (self.idle(), Handle::current().id());
        let now = Instant::now();
        let old = idle.partition_point(|one| now.duration_since(one.since) > IDLE);
        let old: Vec<Idle> = idle.drain(..old).collect();
        let fits = |one: &Idle| one.open.runtime == runtime && one.open.place == *place;
        let found = idle.iter().rposition(fits).and_then(|index| idle.remove(index));
        // A connection is closed without the lock.
        drop(idle);
        drop(old);
        found.map(|one| one.open)
    }

    /// Keeps a connection for the next request, if it can be used again.
    pub(super) fn put(&self, open: Box<Open>) {
        if !open.is_idle() {
            return;
        }
        let (mut idle, since) = (self.idle(), Instant::now());
        let first = if idle.len() < MOST_IDLE { None } else { idle.pop_front() };
        idle.push_back(Idle { open, since });
        drop(idle);
        drop(first);
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}
