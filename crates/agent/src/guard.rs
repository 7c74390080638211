//! Refuses what no program of the user's sends, and what a web page makes a browser send.
//!
//! In: the head of a request. Out: nothing, or why it is refused. A browser cannot leave out `Origin`, `Referer` and
//! `Sec-Fetch-…` together, and a name that was bound to this address by a stranger's name server stands in `Host`.
//! Specification: RFC 9110, section 7.2 (Host); Fetch Metadata Request Headers.
//! The agent's page is for a browser: there a navigation of the user's, and the page's own form, are let through.
//! Not here: the ticket (`caller`), and how long a request is: hyper reads one way, and what goes on is framed anew.

use crate::refusal::{Refusal, Why};
use crate::ticket::Held;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use std::sync::Arc;

/// How a connection came in. Addresses are as `Host` has them.
#[derive(Clone, Debug)]
pub(crate) enum Via {
    /// A loopback address of ours.
    Loopback(Arc<str>),
    /// A loopback address where the metadata server answers, for this ticket.
    Metadata(Arc<str>, Arc<Held>),
    /// A socket in a private folder, which no browser can reach; a program that speaks HTTP over it names any host.
    #[cfg(unix)]
    UnixSocket,
}

/// Sent by browsers and by proxies, and by no program that means to talk to this agent.
const FOREIGN: [&str; 12] = [
    "origin",
    "referer",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "sec-fetch-user",
    "access-control-request-method",
    "access-control-request-headers",
    "x-forwarded-for",
    "x-forwarded-host",
    "forwarded",
    "via",
];

/// What `fetch` of Node sends, and with it every SDK in JavaScript. A page's request has `Sec-Fetch-Site` beside it.
const OF_NODE: (&str, &[u8]) = ("sec-fetch-mode", b"cors");

/// # Errors
///
/// A request of another site, of a proxy, or to a proxy.
pub(crate) fn check(head: &Parts, via: &Via) -> Result<(), Refusal> {
    connection(head, via)?;
    // A request has a handful of headers: fewer than there are names to look for.
    let foreign = head.headers.iter().filter_map(|(name, value)| {
        let at = FOREIGN.iter().position(|foreign| name == foreign)?;
        ((FOREIGN[at], value.as_bytes()) != OF_NODE).then_some(at)
    });
    match foreign.min() {
        Some(first) => Err(Why::Browser(FOREIGN[first]).into()),
        None => Ok(()),
    }
}

/// As [`check`], for the agent's page: the user opens it, and it sends its own form.
///
/// The page sends no referrer, so that its form says `Origin: null`, as a frame of another site might: there
/// the browser's word that both are of one site decides.
///
/// # Errors
///
/// A link or a form of another site; a script, frame or picture.
pub(crate) fn check_page(head: &Parts, via: &Via) -> Result<(), Refusal> {
    connection(head, via)?;
    let one = |name: &str| {
        let mut values = head.headers.get_all(name).iter();
        let first = values.next().map(HeaderValue::as_bytes);
        // Two of them are none that a browser sends.
        if values.next().is_some() { Some(&b""[..]) } else { first }
    };
    let site = one("sec-fetch-site");
    let own_site = site == Some(b"same-origin");
    let posts = head.method == Method::POST;
    let is_own = |origin: &[u8]| match via {
        Via::Loopback(address) => origin == format!("http://{address}").as_bytes(),
        _ => false,
    };
    let foreign = FOREIGN.iter().find(|name| match (**name, one(name)) {
        // A form without either header is no form of a browser's.
        ("origin", None) => posts && !own_site,
        (_, None) => false,
        ("origin", Some(origin)) => !(is_own(origin) || (own_site && origin == b"null")),
        ("sec-fetch-site", Some(_)) => !(own_site || (!posts && site == Some(b"none"))),
        ("sec-fetch-mode", Some(mode)) => mode != b"navigate",
        ("sec-fetch-dest", Some(dest)) => dest != b"document",
        ("sec-fetch-user", Some(_)) => false,
        _ => true,
    });
    foreign.map_or(Ok(()), |name| Err(Why::Browser(name).into()))
}

/// What holds for every request: it is to this agent, and has one end.
fn connection(head: &Parts, via: &Via) -> Result<(), Refusal> {
    if head.method == Method::CONNECT || head.uri.authority().is_some() {
        return Err(Why::ForwardProxy.into());
    }
    if matches!(head.method, Method::OPTIONS | Method::TRACE) {
        return Err(Why::Method.into());
    }
    host(&head.headers, via)?;
    // RFC 9112, section 6.1: a server may see another end of the body where another coding is named.
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Why::Framing.into()),
    }
}

fn host(headers: &HeaderMap, via: &Via) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Why::Host.into()) };
    match via {
        Via::Loopback(address) | Via::Metadata(address, _)
            if host.as_bytes() == address.as_bytes() =>
        {
            Ok(())
        }
        Via::Loopback(_) | Via::Metadata(..) => Err(Why::Host.into()),
        #[cfg(unix)]
        Via::UnixSocket => Ok(()),
    }
}
