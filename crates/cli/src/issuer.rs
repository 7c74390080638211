//! Which server a saved sign-in belongs to: it is sent to that one alone.
//!
//! In: a sign-in, its side record, the emulator where one is chosen. Out: the client with the addresses of that
//! server; a refusal where commands talk to another one.

use crate::context::Context;
use crate::emulator_clock;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass::OAuthClient;
use hallpass::file::AuthorizedUser;
use hallpass::oauth::Endpoints;
use hallpass::store::{StoredGrant, SyncGrantStore};

/// Returns what is known beside a sign-in that is about to go; a damaged record says nothing.
pub(crate) fn record(user: &AuthorizedUser, context: &Context) -> StoredGrant {
    let loaded = context.store().ok().map(|store| store.load(&user.grant_id().into()));
    loaded.and_then(Result::ok).flatten().map(|stored| stored.grant).unwrap_or_default()
}

/// Returns the client of an ADC file, at the server that gave the grant: the emulator, or the one in the
/// side record, or Google.
pub(crate) fn client(user: &AuthorizedUser, context: &mut Context) -> Outcome<OAuthClient> {
    let record = record(user, context);
    let client = match (record.auth_uri, record.token_uri) {
        (Some(auth_uri), Some(token_uri)) => user.client().with_uris(auth_uri, token_uri),
        _ => user.client(),
    };
    at_emulator(client, context)
}

/// Refuses a sign-in of another server while an emulator is chosen: it would be shown in the clear to whatever
/// listens there. Where no record says who gave it, its client has to be the emulator's.
pub(crate) fn check(token_uri: Option<&str>, client_id: &str, context: &mut Context) -> Outcome {
    let Some(address) = context.emulator()? else { return Ok(()) };
    let what = match token_uri {
        Some(token_uri) if Endpoints::emulator(address).is_issuer_of(token_uri) => return Ok(()),
        Some(token_uri) => {
            format!("the saved sign-in was made at `{token_uri}`, not at the emulator at {address}")
        }
        None if !is_gclouds(client_id) && emulator_clock::knows_client(address, client_id) => {
            return Ok(());
        }
        None => format!("the saved sign-in was not made at the emulator at {address}"),
    };
    Err(Failure::new(Case::OtherIssuer, what).because(
        "HALLPASS_EMULATOR_HOST is set; a sign-in is sent only to the server that gave it",
    ))
}

/// Says whether an OAuth client is one of gcloud's two, which are public: Google knows them, and so may anything else.
pub(crate) fn is_gclouds(client_id: &str) -> bool {
    client_id.starts_with("764086051850-") || client_id.starts_with("32555940559.")
}

/// Refuses the sign-in of an ADC file as `check` does.
pub(crate) fn check_of(user: &AuthorizedUser, context: &mut Context) -> Outcome {
    check(record(user, context).token_uri.as_deref(), user.client_id(), context)
}

/// Moves a client to the emulator, when every command is to talk to one.
pub(crate) fn at_emulator(client: OAuthClient, context: &mut Context) -> Outcome<OAuthClient> {
    Ok(match context.emulator()? {
        Some(emulator) => client.with_endpoints(&Endpoints::emulator(emulator)),
        None => client,
    })
}
