//! What the client sends and understands: literal bytes, and the emulator.

mod answer_stream;
mod answers;
mod authorization;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "cassette")]
mod cassette;
mod chat;
#[cfg(feature = "embed")]
mod embed;
mod emulator;
#[cfg(feature = "files")]
mod emulator_resources;
mod events;
mod failures;
#[cfg(feature = "files")]
mod files;
mod generate;
mod hostile;
#[cfg(feature = "interactions")]
mod interactions;
mod pages;
mod requests;
#[cfg(all(feature = "batches", feature = "caches", feature = "file-search"))]
mod resources;
mod spans;
#[cfg(feature = "schemars")]
mod structured;
#[cfg(all(feature = "tools", feature = "schemars"))]
mod tools;

use hallpass::Credential;
use hallpass::oauth::AccessToken;
use hallpass::source::{TokenFuture, TokenSource};
use hallpass_gemini::{Client, Retry};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// A client of this origin that never waits between attempts.
fn client(origin: &str) -> Client {
    let retry = Retry { first_wait: Duration::ZERO, ..Retry::default() };
    Client::builder(credential()).base_url(origin).retry(retry).build()
}

fn credential() -> Credential {
    let credential = Credential::new(TwoTokens::default());
    credential.with_quota_project("demo-project")
}

/// Gives out `ya29.first`, and `ya29.second` for good once the first has been rejected.
#[derive(Debug, Default)]
struct TwoTokens(AtomicBool);

impl TokenSource for TwoTokens {
    fn token(&self) -> TokenFuture<'_> {
        let text = if self.0.load(Ordering::SeqCst) { "ya29.second" } else { "ya29.first" };
        Box::pin(async move { Ok(Arc::new(AccessToken::new(text, SystemTime::UNIX_EPOCH)?)) })
    }

    fn reject(&self, token: &AccessToken) {
        if token.expose() == "ya29.first" {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
