//! What every connection of an agent knows, and every part that serves.

use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::page::Page;
use crate::proxy::Upstream;
use crate::ticket::{Held, Tickets};
use crate::uploads::Uploads;
use hallpass::http::HttpClient;
use hallpass::oauth::Endpoints;
use hallpass::time::Clock;
use std::sync::{Arc, OnceLock};

/// Tickets, servers, time, and what is remembered.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) tickets: Tickets,
    pub(crate) endpoints: Endpoints,
    /// The Gemini API of these endpoints.
    pub(crate) upstream: Upstream,
    pub(crate) http: HttpClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) uploads: Uploads,
    /// What an empty key opens, where that was asked for.
    pub(crate) empty_key: OnceLock<Arc<Held>>,
    /// Where counters were asked for; there is a page then, too.
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// Where the agent has a page.
    pub(crate) page: Option<Page>,
}
