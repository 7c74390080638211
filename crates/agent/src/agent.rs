//! The agent: a server on this machine that lends sign-ins to the programs that hold its tickets.
//!
//! In: where it listens, which servers stand for Google, an HTTP client, a clock. Out: an `Agent`, which serves until
//! it is dropped; tickets are made at its `tickets()`.
//! Not here: any request (`answer`), sockets (`server`).

use crate::guard::Via;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::page::{Forget, Page};
use crate::proxy::Upstream;
use crate::server::{self, Serving};
use crate::shared::Shared;
use crate::ticket::{Ticket, Tickets};
use crate::uploads::Uploads;
use hallpass::http::{HttpClient, Timeouts};
use hallpass::oauth::Endpoints;
use hallpass::time::{Clock, SystemClock};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Between two pieces of a reply: a model may think, or run a tool, for minutes.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// A running agent; it stops when it is dropped, and its tickets end with it.
///
/// ```no_run
/// use hallpass::Credential;
/// use hallpass_agent::{Agent, NewTicket};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let credential = Credential::application_default().await?;
/// let agent = Agent::builder().start()?;
/// let ticket = agent.tickets().issue(NewTicket::new("my program", credential))?;
/// for (name, value) in agent.variables(&ticket) {
///     println!("{name} is set for the program, {} bytes", value.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Agent {
    shared: Arc<Shared>,
    serving: Serving,
    /// Metadata servers.
    more: Mutex<Vec<Serving>>,
    #[cfg(unix)]
    _socket: Option<server::AbortOnDrop>,
}

impl Agent {
    /// Starts with Google's servers, any free port of 127.0.0.1, no proxies, and the system's clock.
    pub fn builder() -> AgentBuilder {
        AgentBuilder::default()
    }

    /// Returns the address that it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.serving.address
    }

    /// Returns `http://` and the address.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.serving.address)
    }

    /// Serves the metadata server of Google's machines, too, at an address of its own, to every program that asks: the
    /// protocol has no place for a ticket. It ends with the agent, and gives nothing more once `ticket` has ended.
    ///
    /// # Errors
    ///
    /// An address that is not of this machine, or cannot be listened at; a ticket of another agent.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve_metadata(&self, listen: SocketAddr, ticket: &Ticket) -> io::Result<SocketAddr> {
        check(listen)?;
        let held = self.shared.tickets.by_id(ticket.id());
        let held = held.ok_or_else(|| io::Error::other("the ticket is not one of this agent"))?;
        let via = |address: SocketAddr| Via::Metadata(address.to_string().into(), held);
        let serving = server::start(listen, Arc::clone(&self.shared), via)?;
        let address = serving.address;
        self.more.lock().unwrap_or_else(PoisonError::into_inner).push(serving);
        Ok(address)
    }

    /// Takes an empty `x-goog-api-key` for this ticket, for programs that send one and no key, as gemini-cli's gateway
    /// mode does. Every program on this machine that finds the port can then use the ticket at the Gemini API, the
    /// programs of other users included; the token endpoint asks for the ticket all the same.
    ///
    /// # Errors
    ///
    /// A ticket of another agent; an empty key that stands for a ticket already.
    pub fn accept_empty_key(&self, ticket: &Ticket) -> io::Result<()> {
        let held = self.shared.tickets.by_id(ticket.id());
        let held = held.ok_or_else(|| io::Error::other("the ticket is not one of this agent"))?;
        let set = self.shared.empty_key.set(held);
        set.map_err(|_| io::Error::other("an empty key stands for a ticket already"))
    }

    /// Returns its tickets.
    #[must_use]
    pub fn tickets(&self) -> &Tickets {
        &self.shared.tickets
    }

    /// Returns what it was asked.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Returns the address of its page, with the link-token that opens it; none without [`AgentBuilder::page`].
    #[must_use]
    pub fn page_link(&self) -> Option<String> {
        let page = self.shared.page.as_ref()?;
        Some(format!("{}/?link={}", self.origin(), page.link().expose()))
    }

    /// Has the end of a ticket that is revoked on the page last beyond this agent: where tickets are kept for
    /// [`Tickets::adopt`].
    pub fn forget_by(&self, forget: Forget) {
        if let Some(page) = &self.shared.page {
            page.forget_by(forget);
        }
    }
}

/// An [`Agent`] in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct AgentBuilder {
    listen: SocketAddr,
    endpoints: Endpoints,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    page: bool,
    metrics: bool,
    #[cfg(unix)]
    socket: Option<std::path::PathBuf>,
}

impl Default for AgentBuilder {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            endpoints: Endpoints::google(),
            http: HttpClient::default(),
            clock: Arc::new(SystemClock),
            page: false,
            metrics: false,
            #[cfg(unix)]
            socket: None,
        }
    }
}

impl AgentBuilder {
    /// Listens at this loopback address; port 0 is any free one.
    pub fn listen(self, listen: SocketAddr) -> Self {
        Self { listen, ..self }
    }

    /// Serves a unix socket at this path, too, for programs of the same user. Nothing may be there yet, and its folder
    /// has to be the user's alone.
    #[cfg(unix)]
    pub fn unix_socket(self, path: impl Into<std::path::PathBuf>) -> Self {
        Self { socket: Some(path.into()), ..self }
    }

    /// Has a page at the agent's address, for who holds [`Agent::page_link`]: tickets, the latest requests, errors, and a
    /// button that revokes a ticket.
    pub fn page(self) -> Self {
        Self { page: true, ..self }
    }

    /// Serves counters for a metrics scraper at `/metrics`, to who presents the token of [`Agent::page_link`] as a bearer;
    /// so there is a page, too.
    pub fn metrics(self) -> Self {
        Self { page: true, metrics: true, ..self }
    }

    /// Passes requests on to these servers.
    pub fn endpoints(self, endpoints: Endpoints) -> Self {
        Self { endpoints, ..self }
    }

    /// Sends by this client: its proxies and certificates. Its limits of time are replaced by those for a model.
    pub fn http(self, http: HttpClient) -> Self {
        Self { http, ..self }
    }

    /// Reads the time from this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Starts to serve, in the runtime that this is called in.
    ///
    /// # Errors
    ///
    /// An address that is not of this machine, or cannot be listened at; no address to pass requests on to; no randomness
    /// for the page's link.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start(self) -> io::Result<Agent> {
        check(self.listen)?;
        let timeouts = Timeouts::model().connect(self.http.timeouts().connect).silence(SILENCE);
        let metrics = self.metrics.then(Arc::<Metrics>::default);
        let (clock, endpoints) = (Arc::clone(&self.clock), self.endpoints.clone());
        let upstream = Upstream::new(&self.endpoints.gemini)?;
        let shared = Arc::new(Shared {
            upstream,
            tickets: Tickets::new(clock, endpoints, metrics.clone()),
            metrics,
            endpoints: self.endpoints,
            http: self.http.with_timeouts(timeouts),
            clock: Arc::clone(&self.clock),
            journal: Journal::new(self.clock),
            uploads: Uploads::default(),
            empty_key: OnceLock::new(),
            page: self.page.then(Page::new).transpose()?,
        });
        let via = |address: SocketAddr| Via::Loopback(address.to_string().into());
        let serving = server::start(self.listen, Arc::clone(&shared), via)?;
        #[cfg(unix)]
        let socket = self.socket.map(|path| server::start_unix(&path, Arc::clone(&shared)));
        Ok(Agent {
            shared,
            serving,
            more: Mutex::default(),
            #[cfg(unix)]
            _socket: socket.transpose()?,
        })
    }
}

/// An agent serves this machine alone.
fn check(listen: SocketAddr) -> io::Result<()> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{listen} is not an address of this machine alone");
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}
