//! Lets pages of other sites read replies, as Google lets them (the Fetch standard, CORS protocol).
//!
//! In: a request with `Origin`. Out: the headers by which a browser hands the reply to that page. Which replies: the
//! table of routes. That Google answers so at all of these paths is from memory: the switch `cors`.

use crate::message::{Reply, Request};
use http::{HeaderName, Method, StatusCode, header};

const METHODS: &str = "DELETE, GET, HEAD, PATCH, POST, PUT";
const AN_HOUR: &str = "3600";

/// Whether a browser asks what the page may send.
pub(crate) fn is_preflight(request: &Request) -> bool {
    let asked = request.header("access-control-request-method");
    request.method == Method::OPTIONS && asked.is_some()
}

pub(crate) fn preflight(request: &Request, origin: &str) -> Reply {
    let reply = Reply::new(StatusCode::OK, "text/plain", "")
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS)
        .with(header::ACCESS_CONTROL_MAX_AGE, AN_HOUR);
    let reply = match request.header("access-control-request-headers") {
        Some(headers) => reply.with(header::ACCESS_CONTROL_ALLOW_HEADERS, headers),
        None => reply,
    };
    shared(reply, origin)
}

/// The reply, readable by this origin's pages.
pub(crate) fn shared(mut reply: Reply, origin: &str) -> Reply {
    reply.headers.entry(header::VARY).or_insert(HeaderName::from_static("origin").into());
    reply
        .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .with(header::ACCESS_CONTROL_EXPOSE_HEADERS, "www-authenticate")
}
