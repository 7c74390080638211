//! The token endpoint of the ticket file: a ticket in the place of a refresh token, an access token back.
//!
//! In: the form of a refresh (RFC 6749, section 6), as Google's clients send it to an external account's token
//! endpoint; the name and password of the client that come with it mean nothing. Out: an access token that lasts at
//! least six minutes, if one can be had, with its real end; errors as in section 5.2.
//! Not here: the file (`ticket_file`).

use crate::form;
use crate::outgoing::{self, Outgoing};
use crate::refusal::{Refusal, Why};
use crate::ticket::{Held, NoTicket, Tickets};
use hallpass::oauth::AccessToken;
use hallpass::time::Clock;
use hallpass::{Credential, Error};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Node's client asks again below five minutes: one that is given less asks before every request.
const LEAST: Duration = Duration::from_secs(6 * 60);

/// # Errors
///
/// Another grant, no good ticket, or no token.
pub(crate) async fn answer(
    head: &Parts,
    body: Incoming,
    tickets: &Tickets,
    clock: &dyn Clock,
    served: &mut Option<Arc<Held>>,
) -> Result<Response<Outgoing>, Refusal> {
    if head.method != Method::POST {
        return Err(Why::Form.into());
    }
    let form = form::read(body).await.ok_or(Why::Form)?;
    let ticket = presented(&form)?;
    let held = tickets.find(&ticket).map_err(|why| Refusal::from(Why::Ticket(why)))?;
    *served = Some(Arc::clone(&held));
    let token = lasting(&held.credential, clock).await.map_err(|error| Refusal::from(&error))?;
    let mut reply = outgoing::json(StatusCode::OK, &told(&token, clock));
    reply.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(reply)
}

/// An access token as RFC 6749, section 5.1, has it.
pub(crate) fn told(token: &AccessToken, clock: &dyn Clock) -> Value {
    let left = token.expires_at().duration_since(clock.now()).unwrap_or_default();
    json!({
        "access_token": token.expose(),
        // Go takes 0 for a token without end.
        "expires_in": left.as_secs().max(1),
        "token_type": "Bearer",
    })
}

fn presented(form: &[u8]) -> Result<String, Refusal> {
    let (mut grant, mut ticket) = (None, None);
    for (name, value) in form_urlencoded::parse(form) {
        match &*name {
            "grant_type" if grant.is_none() => grant = Some(value.into_owned()),
            "refresh_token" if ticket.is_none() => ticket = Some(value.into_owned()),
            // RFC 6749, section 3.2: no parameter comes twice.
            "grant_type" | "refresh_token" => return Err(Why::Form.into()),
            _ => {}
        }
    }
    match (grant.as_deref(), ticket.filter(|ticket| !ticket.is_empty())) {
        (Some("refresh_token"), Some(ticket)) => Ok(ticket),
        (Some("refresh_token"), None) => Err(Why::Ticket(NoTicket::Missing).into()),
        (Some(_), _) => Err(Why::Grant.into()),
        (None, _) => Err(Why::Form.into()),
    }
}

/// Returns a token that lasts long enough; where no new one can be had, the old one.
pub(crate) async fn lasting(
    credential: &Credential,
    clock: &dyn Clock,
) -> Result<Arc<AccessToken>, Error> {
    let token = credential.token().await?;
    if token.is_fresh(clock.now(), LEAST) {
        return Ok(token);
    }
    match credential.refresh_now().await {
        Ok(fresh) => Ok(fresh),
        Err(error) if error.is_transient() && token.is_fresh(clock.now(), Duration::ZERO) => {
            Ok(token)
        }
        Err(error) => Err(error),
    }
}
