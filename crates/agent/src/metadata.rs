//! The metadata server of Google's machines, for programs that look for one: at an address of its own, for one ticket.
//!
//! In: a request with `Metadata-Flavor: Google`, which no web page can send without asking first. Out: an access token, the
//! project, what the detection of each library wants to see. The protocol has no place for a ticket: a program that reaches
//! the address gets a token, so it is served only where that is asked for.
//! Source: Google's "About VM metadata"; the requests of google-auth (Python, Node, Go, Java).
//! Not here: a quota project, which does not travel by this protocol; identity tokens.

use crate::oauth;
use crate::outgoing::{self, Outgoing};
use crate::refusal::{Refusal, Why};
use crate::shared::Shared;
use crate::ticket::Held;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

/// What stands before every path.
const ROOT: &str = "/computeMetadata/v1/";

/// The one account, as clients name it.
const ACCOUNT: &str = "instance/service-accounts/default";

/// What the sign-in opens is Google's to say; clients want to see something.
const SCOPES: [&str; 1] = ["https://www.googleapis.com/auth/cloud-platform"];

/// An address that stands for no account of Google's.
const EMAIL: &str = "default";

/// # Errors
///
/// A request that a machine's own client would not send; no token.
pub(crate) async fn answer(
    shared: &Shared,
    held: &Held,
    head: &Parts,
) -> Result<Response<Outgoing>, Refusal> {
    if head.method != Method::GET {
        return Err(Why::Method.into());
    }
    let flavor = head.headers.get("metadata-flavor").is_some_and(|value| value == "Google");
    let path = head.uri.path();
    if path != "/" && !flavor {
        return Err(Why::Flavor.into());
    }
    held.is_good(shared.clock.now()).map_err(Why::Ticket)?;
    let below = path.strip_prefix(ROOT).map(|below| below.trim_end_matches('/'));
    let recursive = head.uri.query().is_some_and(|query| {
        form_urlencoded::parse(query.as_bytes())
            .any(|(name, value)| name == "recursive" && value.eq_ignore_ascii_case("true"))
    });
    let account = json!({"aliases": ["default"], "email": EMAIL, "scopes": SCOPES});
    let reply = match (path, below) {
        ("/", _) | ("/computeMetadata" | "/computeMetadata/", _) => text("computeMetadata/\n"),
        (_, Some("")) => text("instance/\nproject/\nuniverse/\n"),
        (_, Some("instance")) => text("service-accounts/\n"),
        (_, Some("instance/service-accounts")) if recursive => found(&json!({"default": account})),
        (_, Some("instance/service-accounts")) => text("default/\n"),
        (_, Some(ACCOUNT)) if recursive => found(&account),
        (_, Some(ACCOUNT)) => text("aliases\nemail\nscopes\ntoken\n"),
        (_, Some("instance/service-accounts/default/email")) => text(EMAIL),
        (_, Some("instance/service-accounts/default/scopes")) => text(&SCOPES.join("\n")),
        (_, Some("instance/service-accounts/default/token")) => token(shared, held).await?,
        (_, Some("universe/universe-domain" | "universe/universe_domain")) => {
            text("googleapis.com")
        }
        (_, Some("project/project-id")) => match held.credential.quota_project() {
            Some(project) => text(&project),
            None => return Err(Why::NoMetadata.into()),
        },
        _ => return Err(Why::NoMetadata.into()),
    };
    Ok(flavored(reply))
}

/// Every reply has it, an error's too: libraries tell by it that this is a metadata server.
pub(crate) fn flavored(mut reply: Response<Outgoing>) -> Response<Outgoing> {
    let headers = reply.headers_mut();
    headers.insert("metadata-flavor", HeaderValue::from_static("Google"));
    headers.insert(header::SERVER, HeaderValue::from_static("Metadata Server for VM"));
    reply
}

async fn token(shared: &Shared, held: &Held) -> Result<Response<Outgoing>, Refusal> {
    held.count(shared.clock.now());
    let clock = shared.clock.as_ref();
    let token = oauth::lasting(&held.credential, clock).await;
    let token = token.map_err(|error| Refusal::from(&error))?;
    Ok(found(&oauth::told(&token, clock)))
}

fn found(value: &Value) -> Response<Outgoing> {
    outgoing::json(StatusCode::OK, value)
}

fn text(text: &str) -> Response<Outgoing> {
    let length = text.len();
    let mut reply = outgoing::streamed("application/text", outgoing::whole(text.to_owned().into()));
    reply.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    reply
}
