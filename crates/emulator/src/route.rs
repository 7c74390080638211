//! The table of paths: which methods each takes and which function answers.
//!
//! In: a request. Out: its reply, noted in the journal and spoiled if a fault matches. Paths are Google's
//! own, on one origin; what Google serves on several hosts does not collide.

use crate::delivery::Delivery;
use crate::message::{Reply, Request};
use crate::oauth::{
    authorize, device, error_page, flow, impersonation, keys, pages, revoke, token, token_exchange,
    tokeninfo, userinfo,
};
use crate::state::State;
use crate::{FaultKind, cloud, console, control, gemini, metadata};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::time::SystemTime;

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const GET_OR_POST: &[Method] = &[Method::GET, Method::POST];

/// Paths, the methods that they take, and the function that answers.
struct Route {
    paths: Paths,
    methods: &'static [Method],
    answer: fn(&mut State, &Request) -> Reply,
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

const fn at(
    paths: &'static [&'static str],
    methods: &'static [Method],
    answer: fn(&mut State, &Request) -> Reply,
) -> Route {
    Route { paths: Paths::These(paths), methods, answer }
}

const fn at_where(
    fits: fn(&Request) -> bool,
    methods: &'static [Method],
    answer: fn(&mut State, &Request) -> Reply,
) -> Route {
    Route { paths: Paths::Where(fits), methods, answer }
}

/// The first that fits answers. What fits none is an API's: `cloud` and `gemini` find their methods themselves.
static ROUTES: &[Route] = &[
    at_where(metadata::is_meant, GET, metadata::answer),
    at_where(impersonation::is_meant, POST, impersonation::answer),
    at(&["/o/oauth2/v2/auth", "/o/oauth2/auth"], GET, authorize::answer),
    at(&[flow::FLOW_PATH], GET_OR_POST, pages::answer),
    at(&[flow::ERROR_PATH], GET, error_page::show),
    at(&["/token", "/o/oauth2/token", "/oauth2/v4/token"], POST, token::answer),
    at(&["/revoke", "/o/oauth2/revoke"], GET_OR_POST, revoke::answer),
    at(
        &["/tokeninfo", "/oauth2/v1/tokeninfo", "/oauth2/v3/tokeninfo"],
        GET_OR_POST,
        tokeninfo::answer,
    ),
    at(&["/v1/userinfo", "/oauth2/v3/userinfo"], GET_OR_POST, userinfo::answer),
    at(&["/oauth2/v2/userinfo"], GET_OR_POST, userinfo::answer_v2),
    at(&["/oauth2/v1/certs"], GET, keys::certificates),
    at(&["/oauth2/v3/certs"], GET, keys::jwks),
    at(&["/.well-known/openid-configuration"], GET, keys::openid_configuration),
    at(&[device::CODE_PATH], POST, device::answer_code),
    at(&[flow::DEVICE_PATH], GET_OR_POST, device::answer_page),
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
        Some(fault) => Delivery::spoiled(fault, || reply(state, request)),
        None => Delivery::plain(reply(state, request)),
    };
    let now = state.clock.now();
    state.journal.note(request, delivery.reply.status, now);
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
    let Some(route) = ROUTES.iter().find(|route| route.paths.include(request)) else {
        return cloud::answer(state, request).unwrap_or_else(|| gemini::answer(state, request));
    };
    if route.methods.contains(&request.method) {
        (route.answer)(state, request)
    } else {
        Reply::method_not_allowed(route.methods)
    }
}
