//! The table of paths: which methods each takes and which function answers.
//!
//! In: a request. Out: its reply, noted in the journal and spoiled if a fault matches. Paths are Google's
//! own, on one origin; what Google serves on several hosts does not collide.

use crate::api::{self, cors};
use crate::delivery::Delivery;
use crate::gemini::methods;
use crate::journal::Content;
use crate::message::{Reply, Request};
use crate::oauth::{
    authorize, device, discovery, error_page, flow, impersonation, keys, pages, revoke, token,
    token_exchange, tokeninfo, userinfo,
};
use crate::state::State;
use crate::{FaultKind, cloud, console, control, gemini, metadata, proxy, stream_fault};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::time::SystemTime;

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const GET_OR_POST: &[Method] = &[Method::GET, Method::POST];

type Answer = fn(&mut State, &Request) -> Reply;

/// Paths, the methods that they take, and the function that answers.
struct Route {
    paths: Paths,
    methods: &'static [Method],
    answer: Answer,
    readers: Readers,
}

/// Which pages a browser lets read the reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    AnySite,
    ThisSite,
}

enum Paths {
    These(&'static [&'static str]),
    Where(fn(&Request) -> bool),
}

impl Paths {
    fn include(&self, request: &Request) -> bool {
        match self {
            Self::These(paths) => paths.contains(&request.path.as_str()),
            Self::Where(fits) => fits(request),
        }
    }
}

/// What programs ask, also those that run in the page of a site (CORS).
const fn at(paths: &'static [&'static str], methods: &'static [Method], answer: Answer) -> Route {
    Route { paths: Paths::These(paths), methods, answer, readers: Readers::AnySite }
}

/// What a browser opens.
const fn page(paths: &'static [&'static str], methods: &'static [Method], answer: Answer) -> Route {
    Route { paths: Paths::These(paths), methods, answer, readers: Readers::ThisSite }
}

const fn at_where(
    fits: fn(&Request) -> bool,
    methods: &'static [Method],
    answer: Answer,
    readers: Readers,
) -> Route {
    Route { paths: Paths::Where(fits), methods, answer, readers }
}

/// The first that fits answers. What fits none is an API's: `cloud` and `gemini` find their methods themselves.
static ROUTES: &[Route] = &[
    at_where(metadata::is_meant, GET, metadata::answer, Readers::ThisSite),
    at_where(impersonation::is_meant, POST, impersonation::answer, Readers::AnySite),
    at_where(methods::is_meant, GET, methods::answer, Readers::AnySite),
    page(&["/o/oauth2/v2/auth", "/o/oauth2/auth"], GET, authorize::answer),
    page(&[flow::FLOW_PATH], GET_OR_POST, pages::answer),
    page(&[flow::ERROR_PATH], GET, error_page::show),
    at(&["/token", "/o/oauth2/token", "/oauth2/v4/token"], POST, token::answer),
    at(&["/revoke", "/o/oauth2/revoke"], GET_OR_POST, revoke::answer),
    at(
        &["/tokeninfo", "/oauth2/v1/tokeninfo", "/oauth2/v3/tokeninfo"],
        GET_OR_POST,
        tokeninfo::answer,
    ),
    at(&["/v1/userinfo", "/oauth2/v3/userinfo"], GET_OR_POST, userinfo::answer),
    at(
        &["/oauth2/v1/userinfo", "/oauth2/v2/userinfo", "/userinfo/v2/me"],
        GET_OR_POST,
        userinfo::answer_v2,
    ),
    at(&["/oauth2/v2/tokeninfo"], GET_OR_POST, tokeninfo::answer_v2),
    at(&["/oauth2/v1/certs"], GET, keys::certificates),
    at(&["/oauth2/v3/certs"], GET, keys::jwks),
    at(&["/.well-known/openid-configuration"], GET, discovery::answer),
    at(&[device::CODE_PATH], POST, device::answer_code),
    page(&[flow::DEVICE_PATH], GET_OR_POST, device::answer_page),
    at(
        &[token_exchange::EXCHANGE_PATH, token_exchange::REFRESH_PATH],
        POST,
        token_exchange::answer,
    ),
];

pub(crate) fn answer(state: &mut State, request: &Request) -> Delivery {
    if request.path.starts_with(control::ROOT) {
        return Delivery::plain(control::answer(state, request));
    }
    if console::is_for(request) && !metadata::is_meant(request) {
        return Delivery::plain(console::answer(state, request));
    }
    let delivery = match state.faults.next(request) {
        Some(FaultKind::Gemini { error }) => {
            Delivery::plain(gemini::failure(state, request, error))
        }
        Some(FaultKind::StreamError { after, shape, error }) => {
            let words = gemini::failure_json(state, request, error);
            Delivery::plain(stream_fault::failed(reply(state, request), after, shape, &words))
        }
        Some(fault) => Delivery::spoiled(fault, || reply(state, request)),
        None => Delivery::plain(reply(state, request)),
    };
    let now = state.clock.now();
    let content = match gemini::is_called_by(request) {
        true => Content::Prompt,
        false => Content::Other,
    };
    state.journal.note(request, content, delivery.reply.status, now);
    state.expectations.note(request);
    delivery.map(|reply| dated(reply, now))
}

/// `Date` goes by the emulator's clock, as Google's goes by Google's (RFC 9110, section 6.6.1).
fn dated(mut reply: Reply, now: SystemTime) -> Reply {
    let date = Timestamp::try_from(now).ok().and_then(|now| {
        let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
        HeaderValue::try_from(text).ok()
    });
    if let Some(date) = date {
        reply.headers.entry(header::DATE).or_insert(date);
    }
    reply
}

fn reply(state: &mut State, request: &Request) -> Reply {
    let route = ROUTES.iter().find(|route| route.paths.include(request));
    let readers = route.map_or(Readers::AnySite, |route| route.readers);
    let is_shared = state.config.switches.cors && readers == Readers::AnySite;
    let origin = request.header("origin").filter(|_| is_shared);
    if let Some(origin) = origin.filter(|_| cors::is_preflight(request)) {
        return cors::preflight(request, origin);
    }
    let reply = match route {
        _ if proxy::is_other_api(request.host_name()) => api::not_imitated(request),
        Some(route) if route.methods.contains(&request.method) => (route.answer)(state, request),
        Some(route) => Reply::method_not_allowed(route.methods),
        None => of_api(state, request),
    };
    match origin {
        Some(origin) => cors::shared(reply, origin),
        None => reply,
    }
}

/// The answer of an API; those of Google's hosts that are imitated in part say what is missing.
fn of_api(state: &mut State, request: &Request) -> Reply {
    let host = request.host_name();
    let is_gemini = host == "accounts.google.com" || host.starts_with("generativelanguage.");
    match cloud::answer(state, request) {
        Some(reply) => reply,
        None if proxy::is_google(host) && !is_gemini => api::not_imitated(request),
        None => gemini::answer(state, request),
    }
}
