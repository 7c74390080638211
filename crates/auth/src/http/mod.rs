//! The one HTTP client: for the OAuth server and, through it, for the APIs.
//!
//! In: a request. Out: the head of the reply and its body as it comes, or whole; bounded in size and time; or one
//! sentence about the host. `http` to loopback hosts alone; CONNECT proxies, never for loopback; no redirect is
//! followed, so a credential goes nowhere but where it was sent.
//! Not here: retries (`source`), a refused token (`signed`), and what a reply means.

pub(crate) mod address;
mod body;
mod builder;
mod connector;
mod failures;
mod limits;
mod pool;
mod proxies;
mod streams;
mod transport;
mod trust;

pub(crate) use address::{check_parsed, check_uri, is_loopback};
pub use body::Body;
pub use builder::HttpClientBuilder;
pub(crate) use limits::OAUTH_REPLY;
pub use limits::Timeouts;
pub use proxies::Proxies;
pub use streams::BodyStream;
pub use transport::{Transport, TransportFuture};

pub use crate::header::headers;
pub use crate::signer::Signer;
/// The types of other crates in this one's signatures.
#[doc(no_inline)]
pub use ::http::{HeaderMap, Request, Response, Uri};
#[doc(no_inline)]
pub use bytes::Bytes;

use crate::error::Error;
use body::Moved;
use http::{HeaderValue, header};
use std::sync::Arc;
use streams::Limits;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};

/// Sends requests; cheap to make and to clone, opens nothing before the first request.
///
/// ```
/// use hallpass::http::{HttpClient, Timeouts};
/// use std::time::Duration;
///
/// let http = HttpClient::builder()
///     .timeouts(Timeouts::default().first_byte(Duration::from_secs(5)))
///     .user_agent("my-program/1.0")
///     .build();
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient {
    transport: Arc<dyn Transport>,
    timeouts: Timeouts,
    user_agent: HeaderValue,
}

impl Default for HttpClient {
    /// Uses no proxy, and the time limits of an OAuth server.
    fn default() -> Self {
        Self::builder().build()
    }
}

impl HttpClient {
    /// Starts a client with other limits, proxies or certificates.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }

    /// Returns a client that uses the proxies of `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, as
    /// the command does. `HTTP_PROXY` has no say: plain HTTP goes to this machine alone. `SSL_CERT_FILE` replaces the
    /// system's certificates for every client.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the environment is what this call is for")]
    pub fn from_env() -> Self {
        Self::builder().proxies(Proxies::from_env(&|name| std::env::var_os(name))).build()
    }

    /// Returns a client with other limits of time that shares this one's connections, and so their time to connect.
    #[must_use]
    pub fn with_timeouts(&self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self.clone() }
    }

    /// Returns the limits of time.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Returns what carries the requests, for another transport to wrap.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// Sends a request and returns the reply with its whole body of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Those of [`HttpClient::open`] and [`BodyStream::collect`].
    pub async fn send(
        &self,
        request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        check_parsed(request.uri())?;
        self.send_in_clear(request, limit).await
    }

    /// Sends a request and returns the head of the reply as soon as it is there, with the body as it comes.
    ///
    /// # Errors
    ///
    /// An address that is neither `https` nor loopback; no connection, a cut or silent one, no proxy (transient); no
    /// secure one; headers without end; a request's stream that fails. A status is not an error.
    pub async fn open(
        &self,
        request: Request<impl Into<Body>>,
    ) -> Result<Response<BodyStream>, Error> {
        check_parsed(request.uri())?;
        self.open_in_clear(request.map(Into::into)).await
    }

    /// Sends to a machine's own metadata server, which speaks plain HTTP on a link that ends at the machine;
    /// who calls this knows the address.
    pub(crate) async fn send_in_clear(
        &self,
        request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        let (head, body) = self.open_in_clear(request.map(Into::into)).await?.into_parts();
        Ok(Response::from_parts(head, body.collect(limit).await?))
    }

    async fn open_in_clear(
        &self,
        mut request: Request<Body>,
    ) -> Result<Response<BodyStream>, Error> {
        let limits = Limits::new(request.uri().authority().cloned(), self.timeouts);
        request.headers_mut().entry(header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let moved = request.body_mut().watch();
        let reply = tokio::select! {
            biased;
            reply = self.transport.send(request) => reply,
            error = no_head(&limits, moved) => return Err(error),
        };
        let reply = reply.map_err(|error| failures::failed(error, limits.host()))?;
        Ok(reply.map(|body| BodyStream::new(body, limits)))
    }
}

/// Waits until the reply is late: so long after the request, or after the last piece of it that was sent.
async fn no_head(limits: &Limits, moved: Moved) -> Error {
    let wait = limits.timeouts.first_byte;
    loop {
        match limits.until(moved.last(), wait) {
            Some(until) if until <= Instant::now() => return limits.late("does not answer", wait),
            // A server whose next bytes are always there takes all of the task's turn; the timer has one of its own.
            Some(until) => unconstrained(sleep_until(until)).await,
            None => std::future::pending().await,
        }
    }
}
