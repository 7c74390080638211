//! The table of paths: which function answers which request.
//!
//! In: a request. Out: its reply, noted in the journal and spoiled if a fault matches. Paths are Google's
//! own, on one origin; what Google serves on several hosts does not collide.

use http::{HeaderValue, Method, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use std::time::SystemTime;

use crate::{
    FaultKind, cloud, console, control,
    delivery::Delivery,
    gemini,
    message::{Reply, Request},
    metadata,
    oauth::{
        authorize, device, error_page, impersonation, keys, pages, revoke, token, token_exchange,
        tokeninfo, userinfo,
    },
    state::State,
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

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
    let allowed: &[Method] = match request.path.as_str() {
        _ if metadata::is_meant(request) => &[GET],
        "/token" | "/o/oauth2/token" | "/oauth2/v4/token" => &[POST],
        "/revoke" | "/o/oauth2/revoke" if state.config.switches.revoke_by_get => &[GET, POST],
        "/revoke" | "/o/oauth2/revoke" => &[POST],
        token_exchange::EXCHANGE_PATH | token_exchange::REFRESH_PATH => &[POST],
        path if impersonation::is_path(path) => &[POST],
        device::CODE_PATH => &[POST],
        pages::FLOW_PATH | device::PAGE_PATH => &[GET, POST],
        "/tokeninfo" | "/oauth2/v3/tokeninfo" | "/oauth2/v1/tokeninfo" => &[GET, POST],
        "/v1/userinfo" | "/oauth2/v3/userinfo" | "/oauth2/v2/userinfo" => &[GET, POST],
        "/o/oauth2/v2/auth" | "/o/oauth2/auth" | pages::ERROR_PATH => &[GET],
        "/oauth2/v1/certs" | "/oauth2/v3/certs" | "/.well-known/openid-configuration" => &[GET],
        _ => {
            return cloud::answer(state, request).unwrap_or_else(|| gemini::answer(state, request));
        }
    };
    if !allowed.contains(&request.method) {
        return Reply::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain",
            "405 Method Not Allowed\n",
        )
        .with(header::ALLOW, &allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", "));
    }
    match request.path.as_str() {
        _ if metadata::is_meant(request) => metadata::answer(state, request),
        "/o/oauth2/v2/auth" | "/o/oauth2/auth" => authorize::answer(state, request),
        token_exchange::EXCHANGE_PATH | token_exchange::REFRESH_PATH => {
            token_exchange::answer(state, request)
        }
        path if impersonation::is_path(path) => impersonation::answer(state, request),
        device::CODE_PATH => device::answer_code(state, request),
        device::PAGE_PATH => device::answer_page(state, request),
        pages::FLOW_PATH => pages::answer(state, request),
        pages::ERROR_PATH => error_page::show(state, request),
        "/token" | "/o/oauth2/token" | "/oauth2/v4/token" => token::answer(state, request),
        "/revoke" | "/o/oauth2/revoke" => revoke::answer(state, request),
        "/oauth2/v1/certs" => keys::certificates(),
        "/oauth2/v3/certs" => keys::jwks(state),
        "/.well-known/openid-configuration" => keys::openid_configuration(request),
        "/oauth2/v2/userinfo" => userinfo::answer_v2(state, request),
        path if path.ends_with("/userinfo") => userinfo::answer(state, request),
        _ => tokeninfo::answer(state, request),
    }
}
