//! One request, from its head to the head of its reply: guard, route, ticket, and the part that serves.
//!
//! In: a request of any program on this machine. Out: a reply, and an entry of the journal.

use crate::guard::{self, Via};
use crate::journal::Entry;
use crate::outgoing::Outgoing;
use crate::page::Page;
use crate::refusal::{Form, Refusal, Why};
use crate::router::{self, Route};
use crate::shared::Shared;
use crate::ticket::{Held, NoTicket};
use crate::{caller, dialect, journal, metadata, metrics, oauth, page, proxy};
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use std::sync::Arc;

pub(crate) async fn answer(
    shared: &Shared,
    via: &Via,
    request: Request<Incoming>,
) -> Response<Outgoing> {
    let (head, body) = request.into_parts();
    let route = router::route(&head);
    let form = match route {
        _ if matches!(via, Via::Metadata(..)) => Form::Google,
        Route::Page if open_page(shared, via).is_some() => Form::Page,
        Route::Token => Form::OAuth,
        Route::OpenAi(_) => Form::OpenAi,
        Route::Page | Route::Metrics | Route::Gemini(_) | Route::None(_) => Form::Google,
    };
    let scraped = route == Route::Metrics;
    let mut served = None;
    let outcome = serve(shared, via, &head, body, route, &mut served).await;
    let refused = outcome.as_ref().err().map(|refusal| refusal.reason);
    let mut reply = outcome.unwrap_or_else(|refusal| match form {
        Form::OAuth => refusal.for_token_endpoint().reply(form),
        _ => refusal.reply(form),
    });
    if let Via::Metadata(..) = via {
        reply = metadata::flavored(reply);
    }
    if scraped && refused.is_none() {
        // A scraper asks every few seconds: the page and the journal would show nothing else.
        return reply;
    }
    if let Some(metrics) = &shared.metrics {
        let name = served.as_ref().map(|held| held.name.as_str());
        metrics.count(name, reply.status().as_u16(), refused);
    }
    shared.journal.note(Entry {
        time: shared.journal.now(),
        ticket: served.map(|held| (held.id.clone(), held.name.clone())),
        method: head.method.as_str().to_owned(),
        path: journal::shortened(head.uri.path()).to_owned(),
        status: reply.status().as_u16(),
        refused,
    });
    reply
}

async fn serve(
    shared: &Shared,
    via: &Via,
    head: &Parts,
    body: Incoming,
    route: Route<'_>,
    served: &mut Option<Arc<Held>>,
) -> Result<Response<Outgoing>, Refusal> {
    if let (Route::Page, Some(page)) = (&route, open_page(shared, via)) {
        return page::answer(shared, page, via, head, body).await;
    }
    guard::check(head, via)?;
    if let Via::Metadata(_, held) = via {
        *served = Some(Arc::clone(held));
        return metadata::answer(shared, held, head).await;
    }
    if let (Route::Metrics, Some(metrics), Some(page)) = (&route, &shared.metrics, &shared.page) {
        return metrics::answer(metrics, page.link(), head);
    }
    if route == Route::Token {
        return oauth::answer(head, body, &shared.tickets, shared.clock.as_ref(), served).await;
    }
    // Who has no ticket learns nothing else.
    let held = match caller::ticket(head, &shared.tickets) {
        Ok(held) => held,
        Err(refusal) => without_a_ticket(shared, via, head, refusal)?,
    };
    *served = Some(Arc::clone(&held));
    match route {
        Route::Gemini(path) => proxy::answer(shared, held, head, path, body).await,
        Route::OpenAi(path) => dialect::answer(shared, held, head, path, body).await,
        Route::Page | Route::Metrics => Err(Why::Path.into()),
        Route::None(why) => Err(why.into()),
        Route::Token => unreachable!("answered above"),
    }
}

/// A browser reaches the page at the agent's address alone.
fn open_page<'a>(shared: &'a Shared, via: &Via) -> Option<&'a Page> {
    shared.page.as_ref().filter(|_| matches!(via, Via::Loopback(_)))
}

/// The rest of an upload needs no ticket at an address that was given to the holder of one; nor does an empty key,
/// where that was asked for.
fn without_a_ticket(
    shared: &Shared,
    via: &Via,
    head: &Parts,
    refusal: Refusal,
) -> Result<Arc<Held>, Refusal> {
    if refusal != Why::Ticket(NoTicket::Missing).into() {
        return Err(refusal);
    }
    let now = shared.clock.now();
    if let Some(held) = shared.uploads.find(&head.uri) {
        held.is_good(now).map_err(Why::Ticket)?;
        return Ok(held);
    }
    let empty = matches!(via, Via::Loopback(_)) && caller::is_empty_key(head);
    let held = shared.empty_key.get().filter(|_| empty).ok_or(refusal)?;
    held.is_good(now).map_err(Why::Ticket)?;
    held.count(now);
    let held = Arc::clone(held);
    Ok(held)
}
