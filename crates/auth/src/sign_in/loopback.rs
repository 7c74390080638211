//! Waits on 127.0.0.1 for one redirect, and shows in the browser what came of it.
//!
//! In: an authorization request. Out: its code, and the browser's connection, which is kept open until there
//! is a result to show. Only `GET /callback` with our Host and `state` ends the wait; favicons,
//! bare connections and forged codes are answered, and the wait goes on.
//! Specification: RFC 8252, sections 7.3 and 8.3; the page: RFC 9700, section 4.2.4.
//! Not here: opening the browser, and the exchange.

mod page;
mod request;

pub use page::Tab;
pub(crate) use request::{Expected, target};

use crate::error::{Error, ErrorKind};
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use page::answer;
use request::head;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// A browser on the same machine sends its request at once.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// A browser opens a few connections ahead; beyond this the oldest is closed, and nothing accepted until then.
const MOST_CONNECTIONS: usize = 128;

/// How long each connection has for its request, however many come after it. A browser needs milliseconds.
const GRACE: Duration = Duration::from_millis(250);

/// Keeps a process without free files from going round and round.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many ports are tried for one that is free on both addresses.
const TRIES: usize = 16;

const PATH: &str = "/callback";

/// A bound port that waits for one redirect; it is closed when this is dropped.
///
/// ```no_run
/// use hallpass::oauth::{AuthorizationRequest, Loopback};
/// use hallpass::{OAuthClient, Scopes};
/// use std::time::Duration;
///
/// # async fn example(client: OAuthClient) -> Result<(), hallpass::Error> {
/// let loopback = Loopback::bind(0).await?;
/// let scopes = Scopes::quickstart();
/// let request = AuthorizationRequest::new(&client, &scopes, loopback.redirect_uri());
/// println!("open {}", request.url());
/// let (code, tab) = loopback.receive(&request, Duration::from_secs(300)).await?;
/// let code = code?;
/// tab.show("Signed in", "You may close this window.").await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    /// The same port of `::1`, for addresses that say `localhost`.
    also: Option<TcpListener>,
    port: u16,
}

impl Loopback {
    /// Binds a port on 127.0.0.1; 0 is any free one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PortInUse`].
    pub async fn bind(port: u16) -> Result<Self, Error> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = bound.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (port, listener) = listener.map_err(|error| {
            let what = format!("cannot wait for the browser on port {}", port);
            let cause = match error.kind() {
                io::ErrorKind::AddrInUse => "the port is in use".to_owned(),
                _ => error.to_string(),
            };
            Error::new(ErrorKind::PortInUse, what).with_source(cause)
        })?;
        Ok(Self { listener, also: None, port })
    }

    /// Binds the same port of 127.0.0.1 and, where there is IPv6, of `::1`: `localhost` may be either, and
    /// no other program may listen at the other one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PortInUse`].
    pub(crate) async fn bind_localhost(port: u16) -> Result<Self, Error> {
        for _ in 0..TRIES {
            let bound = Self::bind(port).await?;
            match TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port)).await {
                Ok(also) => return Ok(Self { also: Some(also), ..bound }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                // No IPv6 here, so `localhost` cannot be it.
                Err(_) => return Ok(bound),
            }
        }
        let what = "cannot wait for the browser on one port of both 127.0.0.1 and ::1";
        Err(Error::new(ErrorKind::PortInUse, what))
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let accepted = match &self.also {
            None => self.listener.accept().await,
            Some(also) => tokio::select! {
                accepted = self.listener.accept() => accepted,
                accepted = also.accept() => accepted,
            },
        };
        Ok(accepted?.0)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address to send as `redirect_uri`.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the redirect of this request, at most for `limit`. Returns what the redirect says, and the
    /// browser tab that waits for a page.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RedirectTimeout`].
    pub async fn receive(
        self,
        request: &AuthorizationRequest,
        limit: Duration,
    ) -> Result<(Result<AuthorizationCode, Error>, Tab), Error> {
        let ours = request.clone();
        let expected = Expected {
            path: PATH,
            hosts: vec![format!("127.0.0.1:{}", self.port)],
            is_ours: Box::new(move |target| ours.is_ours(target)),
        };
        let (target, tab) = self.receive_target(expected, limit).await?;
        Ok((request.accept(&target), tab))
    }

    /// Waits for the request that is expected; returns its target.
    pub(crate) async fn receive_target(
        self,
        expected: Expected,
        limit: Duration,
    ) -> Result<(String, Tab), Error> {
        timeout(limit, self.first_of(expected)).await.map_err(|_| {
            let what = format!("the browser did not come back within {} s", limit.as_secs());
            Error::new(ErrorKind::RedirectTimeout, what)
        })
    }

    async fn first_of(self, expected: Expected) -> (String, Tab) {
        let expected = Arc::new(expected);
        let mut connections = JoinSet::new();
        let mut open: VecDeque<(Instant, AbortHandle)> = VecDeque::new();
        loop {
            open.retain(|(_, connection)| !connection.is_finished());
            let full = open.len() >= MOST_CONNECTIONS;
            let heard = open.front().map_or_else(Instant::now, |(accepted, _)| *accepted + GRACE);
            tokio::select! {
                accepted = self.accept(), if !full => {
                    match accepted {
                        Ok(stream) => {
                            let serving = connections.spawn(serve(stream, Arc::clone(&expected)));
                            open.push_back((Instant::now(), serving));
                            // So that each is heard before the next comes in.
                            yield_now().await;
                        }
                        // Gone before it was accepted, or no file is left to open; the next may be ours.
                        Err(_) => sleep(ACCEPT_PAUSE).await,
                    }
                }
                () = sleep_until(heard), if full => {
                    if let Some((_, oldest)) = open.pop_front() {
                        oldest.abort();
                    }
                }
                Some(ended) = connections.join_next() => {
                    if let Ok(Some(redirect)) = ended {
                        return redirect;
                    }
                }
            }
        }
    }
}

/// Reads one request; returns its target if it is the redirect, answers it otherwise.
async fn serve(mut stream: TcpStream, expected: Arc<Expected>) -> Option<(String, Tab)> {
    let head = timeout(READ_LIMIT, head(&mut stream)).await.ok()?.ok()?;
    let status = match head.as_deref().map(|head| target(head, &expected)) {
        Some(Ok(target)) if (expected.is_ours)(target) => {
            return Some((target.to_owned(), Tab(stream)));
        }
        Some(Ok(_)) => "400 Bad Request",
        Some(Err(status)) => status,
        None => "431 Request Header Fields Too Large",
    };
    let _ = timeout(
        READ_LIMIT,
        answer(stream, status, "text/plain", "not the sign-in that is waited for\n"),
    )
    .await;
    None
}

#[cfg(test)]
mod tests;
