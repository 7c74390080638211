//! Serves OpenAI's dialect: the place where `openai` is put to work.
//!
//! In: a request whose ticket is good, and its path below the base address. Out: a reply in OpenAI's form.

use crate::agent::Shared;
use crate::outgoing::Outgoing;
use crate::refusal::{Refusal, Why};
use crate::ticket::Held;
use http::Response;
use http::request::Parts;
use hyper::body::Incoming;
use std::sync::Arc;

/// # Errors
///
/// Every call: none is translated yet.
#[expect(clippy::unused_async, reason = "a call to Google comes here")]
pub(crate) async fn answer(
    _shared: &Shared,
    _held: Arc<Held>,
    _head: &Parts,
    _path: &str,
    _body: Incoming,
) -> Result<Response<Outgoing>, Refusal> {
    Err(Why::NotTranslated.into())
}
