//! The agent's page: tickets, the latest requests, errors, and a button that revokes a ticket.
//!
//! In: a GET with the link-token in its query, or the page's own form with the link-token in its body. Out: one page
//! without scripts, kept nowhere; after a form, the way back to it.
//! Not here: what a browser may send (`guard`), and the looks (`view`).

mod view;

use crate::form;
use crate::guard::{self, Via};
use crate::link::Link;
use crate::outgoing::{self, Outgoing};
use crate::refusal::{Refusal, Why};
use crate::shared::Shared;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Makes the end of a ticket last beyond this agent; it is given the ticket's ID.
pub type Forget = Box<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// What the page knows beside what every part knows.
pub(crate) struct Page {
    link: Link,
    forget: Mutex<Option<Forget>>,
}

impl Page {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { link: Link::new()?, forget: Mutex::default() })
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) fn forget_by(&self, forget: Forget) {
        *self.forget.lock().unwrap_or_else(PoisonError::into_inner) = Some(forget);
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page").field("link", &self.link).finish_non_exhaustive()
    }
}

/// # Errors
///
/// What another site makes a browser send; no link-token, or another agent's; a form that is not the page's.
pub(crate) async fn answer(
    shared: &Shared,
    page: &Page,
    via: &Via,
    head: &Parts,
    body: Incoming,
) -> Result<Response<Outgoing>, Refusal> {
    guard::check_page(head, via)?;
    match head.method {
        Method::GET => {
            let query = head.uri.query().unwrap_or_default();
            if !page.link.is(&field(query.as_bytes(), "link")) {
                return Err(Why::Link.into());
            }
            let text = view::whole(shared, page.link.expose());
            Ok(with_headers(reply(StatusCode::OK, "text/html; charset=utf-8", text.into_string())))
        }
        Method::POST => {
            let form = form::read(body).await.ok_or(Why::PageForm)?;
            if !page.link.is(&field(&form, "link")) {
                return Err(Why::Link.into());
            }
            revoke(shared, page, &field(&form, "revoke"))
        }
        _ => Err(Why::Method.into()),
    }
}

/// Ends a ticket now, then for the next start, and leads back to the page.
fn revoke(shared: &Shared, page: &Page, id: &str) -> Result<Response<Outgoing>, Refusal> {
    if shared.tickets.by_id(id).is_none() {
        return Err(Why::PageForm.into());
    }
    shared.tickets.revoke(id);
    if let Some(forget) = &*page.forget.lock().unwrap_or_else(PoisonError::into_inner) {
        forget(id).map_err(|_| Why::NotForgotten)?;
    }
    let back = format!("/?link={}", page.link.expose());
    let mut reply = reply(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
    let back = HeaderValue::try_from(back).map_err(|_| Why::PageForm)?;
    reply.headers_mut().insert(header::LOCATION, back);
    Ok(with_headers(reply))
}

/// Returns a field that is there once; else nothing, which is no token and no ID.
fn field(form: &[u8], name: &str) -> String {
    let mut values = form_urlencoded::parse(form).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => value.into_owned(),
        _ => String::new(),
    }
}

fn reply(status: StatusCode, kind: &'static str, text: String) -> Response<Outgoing> {
    let length = text.len();
    let mut reply = outgoing::streamed(kind, outgoing::whole(text.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    reply
}

/// Says to the browser what the page never does: run a script, load anything, stand in a frame, tell its address.
pub(crate) fn with_headers(mut reply: Response<Outgoing>) -> Response<Outgoing> {
    const FIXED: [(HeaderName, &str); 4] = [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let headers: &mut HeaderMap = reply.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(view::policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    reply
}
