//! Other crates with a credential of ours: every example runs, against the emulator, and what can go wrong;
//! and other crates alone, signing in at the emulator.

mod blocking;
mod cloud;
mod examples;
mod gemini_clients;
mod oauth_clients;
mod reqwest;
mod rig;
mod tower;

use ::hallpass::Credential;
use ::hallpass::oauth::AccessToken;
use ::hallpass::source::TokenFuture;
use ::hallpass::source::TokenSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// Gives out `token-0`, and the next number after each refusal of the one that is given out.
#[derive(Clone, Debug, Default)]
struct Numbered(Arc<AtomicUsize>);

impl Numbered {
    fn credential() -> Credential {
        Credential::new(Self::default())
    }

    fn text(&self) -> String {
        format!("token-{}", self.0.load(Ordering::SeqCst))
    }
}

impl TokenSource for Numbered {
    fn token(&self) -> TokenFuture<'_> {
        let token = AccessToken::new(self.text(), SystemTime::UNIX_EPOCH);
        Box::pin(async { token.map(Arc::new) })
    }

    fn reject(&self, token: &AccessToken) {
        if token.expose() == self.text() {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}
