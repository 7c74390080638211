//! Waits on 127.0.0.1 for one redirect, and shows in the browser what came of it.
//!
//! In: an authorization request. Out: its code, and the browser's connection, which is kept open until there
//! is a result to show. Only `GET /callback` with our Host and `state` ends the wait; favicons,
//! bare connections and forged codes are answered, and the wait goes on.
//! Specification: RFC 8252, sections 7.3 and 8.3; the page: RFC 9700, section 4.2.4.
//! Not here: opening the browser, and the exchange.

use crate::error::{Error, ErrorKind};
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::{sleep, timeout};

/// Google's redirects are under 2 KiB, but all ports of 127.0.0.1 share their cookies, and a developer's
/// browser may have many.
const LONGEST_HEAD: usize = 64 * 1024;

/// A browser on the same machine sends its request at once.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// A browser opens a few connections ahead; beyond this the oldest is closed.
const MOST_CONNECTIONS: usize = 16;

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
/// let loopback = Loopback::bind(None).await?;
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
    /// Binds a port on 127.0.0.1: this one, or any free one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PortInUse`].
    pub async fn bind(port: Option<u16>) -> Result<Self, Error> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await;
        let listener = bound.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (port, listener) = listener.map_err(|error| {
            let what = format!("cannot wait for the browser on port {}", port.unwrap_or(0));
            let cause = match error.kind() {
                io::ErrorKind::AddrInUse => "the port is in use".to_owned(),
                _ => error.to_string(),
            };
            Error::new(ErrorKind::PortInUse, what).because(cause)
        })?;
        Ok(Self { listener, also: None, port })
    }

    /// Binds the same port of 127.0.0.1 and, where there is IPv6, of `::1`: `localhost` may be either, and
    /// no other program may listen at the other one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PortInUse`].
    pub(crate) async fn bind_localhost(port: Option<u16>) -> Result<Self, Error> {
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
        let mut open: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            tokio::select! {
                accepted = self.accept() => {
                    match accepted {
                        Ok(stream) => {
                            open.retain(|connection| !connection.is_finished());
                            // The oldest connection is closed: a browser sends its request at once.
                            if open.len() >= MOST_CONNECTIONS && let Some(oldest) = open.pop_front() {
                                oldest.abort();
                            }
                            open.push_back(connections.spawn(serve(stream, Arc::clone(&expected))));
                            // So that each is heard before the next comes in.
                            yield_now().await;
                        }
                        // Gone before it was accepted, or no file is left to open; the next may be ours.
                        Err(_) => sleep(ACCEPT_PAUSE).await,
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

/// Which request ends the wait.
pub(crate) struct Expected {
    path: &'static str,
    hosts: Vec<String>,
    is_ours: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Expected {
    /// A redirect as gcloud's addresses have it: to `localhost`, with nothing but a query.
    pub(crate) fn of_gcloud(
        port: u16,
        is_ours: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let hosts = vec![format!("localhost:{port}"), format!("127.0.0.1:{port}")];
        Self { path: "/", hosts, is_ours: Box::new(is_ours) }
    }
}

/// A browser tab whose request has not been answered yet.
#[derive(Debug)]
pub struct Tab(TcpStream);

impl Tab {
    /// Shows a page with this heading and sentence, and lets the browser go.
    pub async fn show(self, heading: &str, sentence: &str) {
        // If the browser has closed the connection, there is no page to show.
        let _ =
            answer(self.0, "200 OK", "text/html; charset=utf-8", &page(heading, sentence)).await;
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

/// Reads up to the empty line; `None` is a head over the limit.
async fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD {
            return Ok(None);
        }
        let room = LONGEST_HEAD - head.len();
        if stream.take(room as u64).read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    String::from_utf8(head).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Returns the target of a `GET` for our path and host, or the status that says what is wrong.
pub(crate) fn target<'a>(head: &'a str, expected: &Expected) -> Result<&'a str, &'static str> {
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1" | "HTTP/1.0"] = words[..] else {
        return Err("400 Bad Request");
    };
    // A page of another name that resolves to 127.0.0.1 (DNS rebinding) sends that name.
    let mut hosts = lines.filter_map(|line| line.split_once(':'));
    let hosts: Vec<&str> = hosts
        .by_ref()
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim())
        .collect();
    let [host] = hosts[..] else { return Err("400 Bad Request") };
    if !expected.hosts.iter().any(|known| known == host) {
        return Err("400 Bad Request");
    }
    if target.split('?').next() != Some(expected.path) {
        return Err("404 Not Found");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    Ok(target)
}

async fn answer(mut stream: TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await
}

fn page(heading: &str, sentence: &str) -> String {
    let (heading, sentence) = (escape(heading), escape(sentence));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui,sans-serif;\
         max-width:34rem;margin:20vh auto;padding:0 1rem}}</style>\
         <h1>{heading}</h1><p>{sentence}</p>\n"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests;
