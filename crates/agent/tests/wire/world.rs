//! An agent between a test's socket and a server in Google's place.

use hallpass::http::HttpClient;
use hallpass::oauth::{AccessToken, Endpoints};
use hallpass::source::{TokenFuture, TokenSource};
use hallpass::time::ManualClock;
use hallpass::{Credential, Error};
use hallpass_agent::{Agent, AgentBuilder, NewTicket, Ticket};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Gives out one token after the other: the next one when the last was refused.
#[derive(Debug)]
pub(crate) struct Tokens(Mutex<Vec<Result<AccessToken, Error>>>);

impl TokenSource for Tokens {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async { self.0.lock().expect("tokens")[0].clone().map(Arc::new) })
    }

    fn reject(&self, token: &AccessToken) {
        let mut tokens = self.0.lock().expect("tokens");
        let current = tokens[0].as_ref().is_ok_and(|current| current.expose() == token.expose());
        if current && tokens.len() > 1 {
            drop(tokens.remove(0));
        }
    }
}

/// An agent, and a ticket of it.
pub(crate) struct World {
    pub(crate) agent: Agent,
    pub(crate) ticket: Ticket,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn token(text: &str, seconds: u64) -> Result<AccessToken, Error> {
    AccessToken::new(text, start() + Duration::from_secs(seconds))
}

pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

pub(crate) fn credential(tokens: Vec<Result<AccessToken, Error>>) -> Credential {
    Credential::new(Tokens(Mutex::new(tokens)))
}

impl World {
    /// An agent before this server, with these tokens.
    pub(crate) fn with(upstream: &str, tokens: Vec<Result<AccessToken, Error>>) -> Self {
        let upstream: SocketAddr =
            upstream.strip_prefix("http://").expect("http").parse().expect("address");
        Self::of(Agent::builder(), upstream, tokens)
    }

    fn of(
        builder: AgentBuilder,
        upstream: SocketAddr,
        tokens: Vec<Result<AccessToken, Error>>,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let agent = builder
            .endpoints(Endpoints::emulator(upstream))
            .http(HttpClient::default())
            .clock(clock.clone())
            .start()
            .expect("agent");
        let credential = credential(tokens).with_quota_project("demo-project");
        let ticket = agent.tickets().issue(NewTicket::new("test", credential)).expect("ticket");
        Self { agent, ticket, clock }
    }

    pub(crate) fn new(upstream: &str) -> Self {
        Self::with(upstream, vec![token("ya29.first", 3600)])
    }

    /// A server that is not there: nothing may be sent to it.
    pub(crate) fn alone() -> Self {
        Self::new("http://127.0.0.1:1")
    }

    /// As [`World::alone`], with the agent's page.
    pub(crate) fn with_page() -> Self {
        let nobody = ([127, 0, 0, 1], 1).into();
        Self::of(Agent::builder().page(), nobody, vec![token("ya29.first", 3600)])
    }

    /// As [`World::with`], with the agent's page and its counters.
    pub(crate) fn with_metrics(upstream: &str, tokens: Vec<Result<AccessToken, Error>>) -> Self {
        let upstream = upstream.strip_prefix("http://").expect("http").parse();
        Self::of(Agent::builder().metrics(), upstream.expect("address"), tokens)
    }

    /// Writes the Host and the ticket into a request.
    pub(crate) fn fill(&self, request: &str) -> String {
        let host = self.agent.address().to_string();
        request.replace("[HOST]", &host).replace("[TICKET]", self.ticket.expose())
    }

    pub(crate) async fn open(&self) -> TcpStream {
        TcpStream::connect(self.agent.address()).await.expect("connect")
    }

    /// Sends bytes and reads until the connection ends.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = self.open().await;
        stream.write_all(self.fill(request).as_bytes()).await.expect("send");
        let mut reply = Vec::new();
        // A connection that is reset after its reply has given it all the same.
        let _ = stream.read_to_end(&mut reply).await;
        String::from_utf8_lossy(&reply).into_owned()
    }

    /// A GET with these header lines, each with its end.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> String {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: [HOST]\r\nConnection: close\r\n{headers}\r\n"
        ))
        .await
    }

    /// A refresh at the token endpoint.
    pub(crate) async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let body = self.fill(body);
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: [HOST]\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        ))
        .await
    }
}

/// Splits a reply into its status, its head and its body.
pub(crate) fn parts(reply: &str) -> (u16, &str, &str) {
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((reply, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_default(), head, body)
}
