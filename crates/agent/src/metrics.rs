//! Counters for a metrics scraper: requests by ticket and class of status, refusals by reason, new access tokens.
//!
//! In: each request when the head of its reply is ready; each access token that is taken into hand. Out: the text form
//! of Prometheus (version 0.0.4), to who presents the link-token as a bearer. A scrape that is answered is not counted.
//! Not here: paths, models and anything else of which there may be many.

use crate::caller;
use crate::link::Link;
use crate::outgoing::{self, Outgoing};
use crate::refusal::{Refusal, Why};
use hallpass::Credential;
use hallpass::oauth::AccessToken;
use hallpass::source::{TokenFuture, TokenSource};
use http::request::Parts;
use http::{Method, Response, header};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A scraper keeps a series for each name: later ones are counted together.
const MOST_NAMES: usize = 1024;

/// Enough for every sign-in of an agent to be known again.
const MOST_TOKENS: usize = 1024;

/// The name under which tickets are counted that come after [`MOST_NAMES`].
const OTHERS: &str = "(others)";

/// What was counted since the agent was started.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// By the name of the ticket, empty without one; for each the classes of status from 1xx.
    requests: BTreeMap<String, [u64; 5]>,
    refusals: BTreeMap<&'static str, u64>,
    tokens: u64,
    /// Hashes of the latest tokens, the oldest first.
    known: VecDeque<[u8; 32]>,
}

impl Metrics {
    pub(crate) fn count(&self, ticket: Option<&str>, status: u16, refused: Option<&'static str>) {
        let mut counts = self.lock();
        let ticket = ticket.unwrap_or_default();
        let full = counts.requests.len() >= MOST_NAMES && !counts.requests.contains_key(ticket);
        let name = if full { OTHERS } else { ticket };
        let classes = counts.requests.entry(name.to_owned()).or_default();
        let class = usize::from(status / 100).clamp(1, classes.len()) - 1;
        classes[class] += 1;
        if let Some(reason) = refused {
            *counts.refusals.entry(reason).or_default() += 1;
        }
    }

    fn note(&self, token: &AccessToken) {
        let hash: [u8; 32] = Sha256::digest(token.expose().as_bytes()).into();
        let mut counts = self.lock();
        if counts.known.contains(&hash) {
            return;
        }
        if counts.known.len() >= MOST_TOKENS {
            counts.known.pop_front();
        }
        counts.known.push_back(hash);
        counts.tokens += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        let counts = self.lock();
        let mut text = String::new();
        begin(&mut text, "requests", "Requests by ticket (none: empty) and class of status.");
        for (ticket, classes) in &counts.requests {
            let ticket = escaped(ticket);
            for (class, count) in (1..).zip(classes).filter(|(_, count)| **count > 0) {
                let labels = format!("{{ticket=\"{ticket}\",status=\"{class}xx\"}}");
                let _ = writeln!(text, "hallpass_agent_requests_total{labels} {count}");
            }
        }
        begin(&mut text, "refusals", "Requests that the agent itself refused, by reason.");
        for (reason, count) in &counts.refusals {
            let _ = writeln!(text, "hallpass_agent_refusals_total{{reason=\"{reason}\"}} {count}");
        }
        begin(
            &mut text,
            "refreshes",
            "Access tokens that were new to the agent: the first of each sign-in, and one for each refresh.",
        );
        let _ = writeln!(text, "hallpass_agent_refreshes_total {}", counts.tokens);
        text
    }
}

fn begin(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP hallpass_agent_{name}_total {help}");
    let _ = writeln!(text, "# TYPE hallpass_agent_{name}_total counter");
}

/// The value of a label, which a name from outside must not end.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// # Errors
///
/// Another method than GET; no link-token as a bearer.
pub(crate) fn answer(
    metrics: &Metrics,
    link: &Link,
    head: &Parts,
) -> Result<Response<Outgoing>, Refusal> {
    if head.method != Method::GET {
        return Err(Why::Method.into());
    }
    if !caller::bearers(&head.headers).any(|bearer| link.is(bearer)) {
        return Err(Why::Link.into());
    }
    let text = metrics.text();
    let length = text.len();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let mut reply = outgoing::streamed(kind, outgoing::whole(text.into()));
    reply.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(reply)
}

/// A credential whose new tokens are counted.
#[derive(Debug)]
pub(crate) struct Counted {
    credential: Credential,
    metrics: Arc<Metrics>,
}

impl Counted {
    pub(crate) fn credential(credential: Credential, metrics: &Arc<Metrics>) -> Credential {
        Credential::new(Self { credential, metrics: Arc::clone(metrics) })
    }
}

impl TokenSource for Counted {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            let token = self.credential.token().await?;
            self.metrics.note(&token);
            Ok(token)
        })
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        self.credential.source().ready()
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        self.credential.source().is_ready(token)
    }

    fn reject(&self, token: &AccessToken) {
        self.credential.reject(token);
    }

    fn quota_project(&self) -> Option<Arc<str>> {
        self.credential.quota_project()
    }
}
