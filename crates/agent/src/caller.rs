//! Finds the ticket of a request: programs put it where they would put a key or a token.
//!
//! In: the head of a request. Out: the ticket, or why there is none.
//! Not here: taking all of these out of what goes on to Google (`proxy::headers`).

use crate::refusal::{Refusal, Why};
use crate::ticket::{Held, NoTicket, Tickets};
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use std::borrow::Cow;
use std::sync::Arc;

/// Where Google's clients put a key.
static API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// # Errors
///
/// No ticket, or none that is good.
pub(crate) fn ticket(head: &Parts, tickets: &Tickets) -> Result<Arc<Held>, Refusal> {
    let mut worst = NoTicket::Missing;
    let mut googles = false;
    for text in presented(head) {
        match tickets.find(&text) {
            Ok(held) => return Ok(held),
            Err(why) if worst == NoTicket::Missing || why != NoTicket::Unknown => worst = why,
            Err(_) => {}
        }
        googles |= text.starts_with("AIza") || text.starts_with("AQ.") || text.starts_with("ya29.");
    }
    Err(match (worst, googles) {
        (NoTicket::Unknown, true) => Why::GooglesCredential,
        (why, _) => Why::Ticket(why),
    }
    .into())
}

/// The header of Google's, the query, and a bearer; empty ones are none.
fn presented(head: &Parts) -> impl Iterator<Item = Cow<'_, str>> {
    let headers = &head.headers;
    let keys = texts(headers, &API_KEY).map(Cow::from);
    let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "key")
        .map(|(_, value)| value);
    keys.chain(query).chain(bearers(headers).map(Cow::from)).filter(|text| !text.is_empty())
}

/// Returns the tokens that are presented as RFC 6750, section 2.1, has it.
pub(crate) fn bearers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    texts(headers, &header::AUTHORIZATION).filter_map(|text| {
        let (scheme, rest) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
    })
}

/// Says whether the key is there and empty; no page can make a browser send this header without asking first.
pub(crate) fn is_empty_key(head: &Parts) -> bool {
    head.headers.contains_key(&API_KEY) && texts(&head.headers, &API_KEY).all(str::is_empty)
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok().map(str::trim))
}
